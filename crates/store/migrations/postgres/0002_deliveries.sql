-- What apps are told, and what became of it: the tables of ../deliveries, and who delivers it. They
-- begin with the app, since what it is owed comes from all its workspaces in one order.

-- The journal is followed lane by lane, each in the order of `turn`, which is also that of `number`.
drop index journal_by_lane;
create index journal_by_lane on journal (lane, turn);

create table delivery (
  id bigint generated always as identity primary key,
  app bigint not null, team bigint not null, channel bigint not null,
  event_id text not null, type text not null, at bigint not null,
  state bigint not null, attempts bigint not null, due bigint not null, until bigint not null,
  reason text, status bigint, change bigint not null, body text not null
);
create index delivery_waiting on delivery (app, channel, id) where state = 0;
create index delivery_by_change on delivery (change);
create index delivery_by_event on delivery (event_id);
create index delivery_by_id_waiting on delivery (id) where state = 0;
create unique index delivery_rate_limited on delivery (app, event_id) where type = 'app_rate_limited';

create table delivery_hold (app bigint primary key, paused boolean not null, disabled bigint);

create table delivery_hour (
  app bigint not null, team bigint not null, minute bigint not null,
  sent bigint not null, tried bigint not null, failed bigint not null,
  primary key (app, team, minute)
);

-- Where something waits: an app's deliveries of one conversation, when the first of them is due, and
-- which claim to it is good until when by this database's clock. `newest` changes with whatever comes
-- to the lane.
create table delivery_lane (
  app bigint not null, channel bigint not null, due bigint not null, newest bigint not null,
  claim bigint, lease timestamptz,
  primary key (app, channel)
);
create index delivery_lane_due on delivery_lane (app, due);
create sequence delivery_claim;

-- Up to where it is recorded who is owed what: the end of every lane that there is.
insert into meta (key, value)
select 'followed', '<' || coalesce(max(lane), 0) + 1 || coalesce(string_agg(' ' || lane || ':' || turn, ''), '')
from (select lane, max(turn) as turn from journal where lane > 0 group by lane) as ends;
-- How often any delivery has changed: it is counted under this row's lock, and so in order.
insert into meta (key, value) values ('deliveries', '0');
