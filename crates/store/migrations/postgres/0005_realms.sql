-- Workspaces of different realms have no people in common: an address leads to nobody of another.
alter table workspace add column realm text not null default '';
alter table "user" add column realm text not null default '';
drop index user_by_address;
create index user_by_address on "user" (email, realm) where email is not null;
-- Locked by whoever adds workspaces: one at a time.
insert into meta (key, value) values ('additions', '');
create index user_by_bot_id on "user" (bot) where bot is not null;
