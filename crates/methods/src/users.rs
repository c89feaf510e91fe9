//! `users.*`
