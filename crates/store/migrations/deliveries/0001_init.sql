-- What apps are told, and what became of it. Ids are the integers of domain::id.

create table meta (key text primary key, value integer not null) without rowid;

-- One row per event and app. `id` is the order of the journal; `channel` is 0 for events that
-- belong to none; `change` grows with every change of any row.
create table delivery (
  id integer primary key, app integer not null, team integer not null, channel integer not null,
  event_id text not null, type text not null, at integer not null,
  state integer not null, attempts integer not null, due integer not null, until integer not null,
  reason text, status integer, change integer not null, body text not null
);
create index delivery_waiting on delivery (app, channel, id) where state = 0;
create index delivery_by_change on delivery (change);
create index delivery_by_event on delivery (event_id);

-- Apps whose deliveries are held back.
create table app (id integer primary key, paused integer not null, disabled integer);
