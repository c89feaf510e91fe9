-- Before a workspace is taken out it is asked what it shares with others: invitations from there, and
-- tokens of its apps that were made elsewhere.
create index invitation_side_by_owner on invitation_side (owner, id);
create index token_of_app on token (app) where app is not null;

-- Workspaces that had part in another's channel once, or keep a copy of one.
create table channel_past (
  team bigint not null, channel bigint not null, owner bigint not null,
  primary key (team, channel)
);
create index channel_past_by_owner on channel_past (owner);
insert into channel_past (team, channel, owner)
  select w.team, c.id, c.team from channel c
  cross join lateral json_array_elements_text(coalesce(replace(c.doc, '\u0000', '\ufffd')::json -> 'former', '[]'::json)) as f(id)
  join workspace w on replace(w.doc, '\u0000', '\ufffd')::json ->> 'id' = f.id
  where c.shared
  on conflict do nothing;
