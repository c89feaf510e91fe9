-- Apps are found by their client id, tokens by their app; codes wait to be exchanged.

alter table app add column client text;
update app set client = json_extract(doc, '$.client_id');
create index app_by_client on app (client) where client is not null;

alter table token add column app text;
update token set app = json_extract(doc, '$.app');
create index token_by_app on token (team, app) where app is not null;

-- Nobody asks for a code after it has expired: such rows go when the next is written.
create table code (hash blob primary key, expires integer not null, doc text not null) without rowid;
