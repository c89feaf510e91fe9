-- User groups; who is in one stands in its document. No two of a workspace have a name or a handle in common: the rules
-- see to it.
create table usergroup (
  team integer not null, id integer not null, doc text not null,
  primary key (team, id)
) without rowid;
-- No handle is longer.
create index user_by_name on user (team, name) where length(name) <= 80;
