-- Names that do not get in the way of a store's own tables, since PostgreSQL has both in one place;
-- and the counts of the hour, which were in memory.

alter table app rename to delivery_hold;
alter table delivery_hold rename column id to app;

-- How often an app was sent something for the first time, how often something was tried, and how
-- often that failed, by workspace and minute.
create table delivery_hour (
  app integer not null, team integer not null, minute integer not null,
  sent integer not null, tried integer not null, failed integer not null,
  primary key (app, team, minute)
) without rowid;

-- That it was too much is told once a minute.
delete from delivery where type = 'app_rate_limited' and id not in
  (select min(id) from delivery where type = 'app_rate_limited' group by app, event_id);
create unique index delivery_rate_limited on delivery (app, event_id) where type = 'app_rate_limited';
