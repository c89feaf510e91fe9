-- What people have under way with apps and lives for minutes: triggers, addresses to answer at, open views.
-- Any node makes one, and any node is asked about it. `version` counts its changes.
create table fleeting (
    name text primary key,
    owner text not null,
    team bigint not null,
    -- In the order they were made.
    number bigint generated always as identity,
    version bigint not null,
    until bigint not null,
    doc text not null
);
create index fleeting_owner on fleeting (owner);
create index fleeting_until on fleeting (until);
create index fleeting_team on fleeting (team);
create unique index fleeting_number on fleeting (number);
