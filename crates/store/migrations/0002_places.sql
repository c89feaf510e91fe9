-- Who is where, by person. A table and no index of `member`, because it is written in its own
-- order: a run of joins goes through channels in one pass and through people in another, and
-- neighbouring rows share pages in both.
create table place (
  user integer not null, channel integer not null, team integer not null,
  primary key (user, channel)
) without rowid;
insert into place (user, channel, team) select user, channel, team from member order by user, channel;
drop index member_by_user;

-- A join message is who joined and by whose invitation; `doc` is empty then. Every other message
-- is its document, and so are join messages of stores made before this.
alter table message add column joined integer;
alter table message add column inviter integer;
