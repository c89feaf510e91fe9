-- When a guest's time ends, in the row of the workspace they belong to first. Few have one.
alter table user add column leaves integer;
create index user_by_leaving on user (leaves) where leaves is not null;
