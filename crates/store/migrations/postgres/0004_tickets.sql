-- What `apps.connections.open` has answered: each ticket, hashed, admits its app to whichever node it is
-- shown to, once.
create table ticket (hash bytea primary key, app bigint not null, until bigint not null);
