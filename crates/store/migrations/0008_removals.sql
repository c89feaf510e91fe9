-- Before a workspace is taken out it is asked what it shares with others: invitations from there, and
-- tokens of its apps that were made elsewhere.
create index invitation_side_by_owner on invitation_side (owner, id);
create index token_of_app on token (app) where app is not null;

-- Workspaces that had part in another's channel once, or keep a copy of one.
create table channel_past (
  team integer not null, channel integer not null, owner integer not null,
  primary key (team, channel)
) without rowid;
create index channel_past_by_owner on channel_past (owner);
insert or ignore into channel_past (team, channel, owner)
  select w.team, c.id, c.team from channel c, json_each(c.doc, '$.former') f, workspace w
  where c.shared and json_extract(w.doc, '$.id') = f.value;
