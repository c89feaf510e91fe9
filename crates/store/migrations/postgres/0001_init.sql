-- The tables of ../0001 to ../0006, as PostgreSQL has them. Every key begins with the workspace
-- that owns the row, but for those of `meta`, `enterprise` and `code`, which are small, and of
-- `place`, which begins with the person: see docs/adr/0024.

create table enterprise (id bigint primary key, doc text not null);
create table workspace (team bigint primary key, enterprise bigint, domain text not null, doc text not null);
create index workspace_by_enterprise on workspace (enterprise) where enterprise is not null;

create table "user" (
  team bigint not null, id bigint not null, home bigint not null,
  flags bigint not null, name text not null, email text, bot bigint, doc text not null,
  primary key (team, id)
);
create index user_by_id on "user" (id);
create index user_by_email on "user" (team, email) where email is not null;
create index user_by_bot on "user" (team, bot) where bot is not null;
create index user_by_address on "user" (email) where email is not null;

create table channel (
  team bigint not null, id bigint not null, handle text not null,
  kind integer not null, archived boolean not null, doc text not null, shared boolean not null default false,
  primary key (team, id)
);
create index channel_by_id on channel (id);
create index channel_by_handle on channel (team, handle);
create index channel_shared on channel (team) where shared;

create table channel_share (
  team bigint not null, channel bigint not null, owner bigint not null, handle text,
  primary key (team, channel)
);
create index channel_share_by_handle on channel_share (team, handle) where handle is not null;
create index channel_share_by_channel on channel_share (owner, channel);

create table member (
  team bigint not null, channel bigint not null, "user" bigint not null,
  since bigint not null, closed boolean not null,
  primary key (team, channel, "user")
);
create table place (
  "user" bigint not null, channel bigint not null, team bigint not null,
  primary key ("user", channel)
);

create table message (
  team bigint not null, channel bigint not null, ts bigint not null, doc text not null,
  joined bigint, inviter bigint,
  primary key (team, channel, ts)
);

create table app (team bigint not null, id bigint not null, client text, doc text not null, primary key (team, id));
create index app_by_id on app (id);
create index app_by_client on app (client) where client is not null;
create table token (team bigint not null, hash bytea not null, app text, doc text not null, primary key (team, hash));
create index token_by_hash on token (hash);
create index token_by_app on token (team, app) where app is not null;
create table code (hash bytea primary key, expires bigint not null, doc text not null);

create table invitation (
  team bigint not null, id text not null, doc text not null,
  channel text not null, inviter text not null, made bigint not null,
  mail boolean not null, current boolean not null, due bigint, link text,
  primary key (team, id)
);
create index invitation_by_id on invitation (id);
create index invitation_by_channel on invitation (channel) where current;
create index invitation_by_mail on invitation (inviter, made) where mail;
create index invitation_by_due on invitation (due) where due is not null;
create index invitation_by_link on invitation (link) where link is not null;
create table invitation_side (
  team bigint not null, id text not null, owner bigint not null,
  primary key (team, id)
);

create table outbox (
  team bigint not null, ts bigint not null, name text not null, audience text not null, doc text not null,
  primary key (team, ts)
);
create index outbox_by_ts on outbox (ts);

create table mail (
  team bigint not null, id bigint not null, address text not null, state text not null,
  due bigint, doc text not null,
  primary key (team, id)
);
create index mail_by_id on mail (id);
create index mail_by_address on mail (address, id);
create index mail_by_due on mail (due) where due is not null;

-- One row a commit and workspace: who did what, when. A lane is one connection that writes; its
-- rows become visible in the order of `number`. Of what depends on each other, `turn` tells which
-- came first: it is drawn while all that the commit rests on is locked.
create sequence lane;
create sequence turn;
create table journal (
  team bigint not null, lane bigint not null, number bigint not null,
  turn bigint not null default nextval('turn'), last bigint not null, entries bytea not null,
  primary key (team, lane, number)
);
create index journal_by_lane on journal (lane, number);
create index journal_by_turn on journal (turn);

-- How often methods may be called: when each bucket will be full again, and how many of those who
-- asked together last could take. Lost with a crash of the database, after which all are full.
create unlogged table bucket (
  team bigint not null, name text not null, full_at bigint not null, calls bigint not null,
  primary key (team, name)
);

-- How often nodes had to forget what they remember of tokens, their owners and what is due.
insert into meta (key, value) values ('access', '0');
