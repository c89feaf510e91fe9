-- Slack Connect: what invitations are searched by, the names partners have for channels, and what
-- apps are told. Ids in documents are text, and so are the columns taken from them.

alter table invitation add column channel text not null default '';
alter table invitation add column inviter text not null default '';
alter table invitation add column made integer not null default 0;
alter table invitation add column mail integer not null default 0;
-- Open, or standing for a connection.
alter table invitation add column current integer not null default 0;
-- When something happens to it by itself.
alter table invitation add column due integer;
alter table invitation add column link text;
update invitation set
  channel = json_extract(doc, '$.channel'), inviter = json_extract(doc, '$.inviter'),
  made = json_extract(doc, '$.created'), mail = json_extract(doc, '$.to.email') is not null,
  current = json_extract(doc, '$.state') in ('requested', 'sent', 'pending_approval', 'approved'),
  due = case json_extract(doc, '$.state')
    when 'requested' then json_extract(doc, '$.expires')
    when 'sent' then json_extract(doc, '$.expires')
    when 'pending_approval' then json_extract(doc, '$.acceptance.expires') end,
  link = json_extract(doc, '$.link');
create index invitation_by_id on invitation (id);
create index invitation_by_channel on invitation (channel) where current;
create index invitation_by_mail on invitation (inviter, made) where mail;
create index invitation_by_due on invitation (due) where due is not null;
create index invitation_by_link on invitation (link) where link is not null;

-- Workspaces that an invitation goes to, or that have accepted it.
create table invitation_side (
  team integer not null, id text not null, owner integer not null,
  primary key (team, id)
) without rowid;
insert or ignore into invitation_side (team, id, owner)
  select u.team, i.id, i.team from invitation i join user u on json_extract(u.doc, '$.id') = json_extract(i.doc, '$.to.user')
  union select u.team, i.id, i.team from invitation i join user u on u.email = json_extract(i.doc, '$.to.email') where not (u.flags & 1)
  union select w.team, i.id, i.team from invitation i join workspace w on json_extract(w.doc, '$.id') = json_extract(i.doc, '$.acceptance.workspace');

create index user_by_address on user (email) where email is not null;

-- The name a partner has for a channel; nothing inside the owner's organisation.
alter table channel_share add column handle text;
update channel_share set handle = (
  select coalesce(json_extract(side.value, '$.name'), c.handle)
  from channel c, json_each(c.doc, '$.connections') side, workspace w
  where c.team = channel_share.owner and c.id = channel_share.channel
    and w.team = channel_share.team and json_extract(side.value, '$.workspace') = json_extract(w.doc, '$.id'));
create index channel_share_by_handle on channel_share (team, handle) where handle is not null;
create index channel_share_by_channel on channel_share (owner, channel);

-- Shared with other organisations, once or still, or what is left of one that was.
alter table channel add column shared integer not null default 0;
update channel set shared = json_extract(doc, '$.connections') is not null;
create index channel_shared on channel (team) where shared;

-- What apps are told, until it is delivered; `ts` is a tick and names the event.
create table outbox (
  team integer not null, ts integer not null, name text not null, audience text not null, doc text not null,
  primary key (team, ts)
) without rowid;
create index outbox_by_ts on outbox (ts);
