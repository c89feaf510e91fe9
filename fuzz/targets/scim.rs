#![cfg_attr(fuzzing, no_main)]
guestlist_fuzz::target!(scim);
