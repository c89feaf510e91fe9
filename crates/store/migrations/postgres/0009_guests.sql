-- When a guest's time ends, in the row of the workspace they belong to first. Few have one. (A node of the version
-- before leaves it as it is when it removes a guest or makes a member of one: whoever asks looks at `flags`, too.)
alter table "user" add column leaves bigint;
create index user_by_leaving on "user" (leaves) where leaves is not null;
