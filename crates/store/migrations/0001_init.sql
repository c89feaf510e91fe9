-- Entities are kept as their JSON document; what is searched by stands in columns beside it.
-- Ids are the integers of domain::id. Every key begins with the workspace that owns the row.

create table meta (key text primary key, value text not null) without rowid;

-- One row a commit: the entries (who, when, which changes) of all calls that shared it.
-- The journal is the truth; the tables below follow it up to meta 'folded'.
-- `last` is the newest tick given when the row was written.
create table journal (seq integer primary key, last integer not null, entries text not null);

create table enterprise (id integer primary key, doc text not null);
create table workspace (team integer primary key, enterprise integer, domain text not null, doc text not null);
create index workspace_by_enterprise on workspace (enterprise) where enterprise is not null;

create table user (
  team integer not null, id integer not null, home integer not null,
  flags integer not null, name text not null, email text, bot integer, doc text not null,
  primary key (team, id)
) without rowid;
-- Holds all that inviting needs to know of somebody.
create index user_by_id on user (id, home, flags);
create index user_by_email on user (team, email) where email is not null;
create index user_by_bot on user (team, bot) where bot is not null;

create table channel (
  team integer not null, id integer not null, handle text not null,
  kind integer not null, archived integer not null, doc text not null,
  primary key (team, id)
) without rowid;
create index channel_by_id on channel (id);
-- One channel a name: the rules see to it. Not unique here, because a name may change hands
-- within one fold, and rows are written in the order of their ids.
create index channel_by_handle on channel (team, handle);

-- Workspaces other than the owner that have a channel.
create table channel_share (
  team integer not null, channel integer not null, owner integer not null,
  primary key (team, channel)
) without rowid;

create table member (
  team integer not null, channel integer not null, user integer not null,
  since integer not null, closed integer not null,
  primary key (team, channel, user)
) without rowid;
create index member_by_user on member (user, channel);

create table message (
  team integer not null, channel integer not null, ts integer not null, doc text not null,
  primary key (team, channel, ts)
) without rowid;

create table app (team integer not null, id integer not null, doc text not null, primary key (team, id)) without rowid;
create index app_by_id on app (id);
create table token (team integer not null, hash blob not null, doc text not null, primary key (team, hash)) without rowid;
create index token_by_hash on token (hash);
create table invitation (team integer not null, id text not null, doc text not null, primary key (team, id)) without rowid;
