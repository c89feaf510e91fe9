-- Requests to invite people into a workspace. Of those for one address one is pending at most: the rules see to it.
-- state: 0 pending, 1 approved, 2 denied.
create table invite_request (
  team integer not null, id integer not null, state integer not null, email text not null, doc text not null,
  primary key (team, id)
) without rowid;
create index invite_request_by_state on invite_request (team, state, id);
create index invite_request_by_email on invite_request (team, email) where state = 0;
