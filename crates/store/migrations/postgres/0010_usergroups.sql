-- User groups; who is in one stands in its document. No two of a workspace have a name or a handle in common: the rules
-- see to it. (A node of the version before cannot read in the journal what became of one, leaves whoever it removes in
-- their groups, and leaves the groups of a workspace that it takes out.)
create table usergroup (
  team bigint not null, id bigint not null, doc text not null,
  primary key (team, id)
);
-- No handle is longer.
create index user_by_name on "user" (team, name) where length(name) <= 80;
