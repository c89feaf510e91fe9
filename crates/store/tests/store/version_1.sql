-- A store as version 1 of the schema left it when it was killed: three calls are in the tables, two more
-- in the journal alone. The sample world of then.
CREATE TABLE app (team integer not null, id integer not null, doc text not null, primary key (team, id)) without rowid;
INSERT INTO "app" VALUES(5476377146943472230,2204934581,'{"id":"A0GREET","team":"T0ACME","name":"greeter","created":1556668800000000,"bot_user":"U0GREET","bot":"B0GREET","signing_secret":"5a3c1e0b9f7d42688c0e6a1b3d5f7a90","client_id":"1000000000.1","client_secret":"0f1e2d3c4b5a69788796a5b4c3d2e1f0"}');
CREATE TABLE channel (
  team integer not null, id integer not null, handle text not null,
  kind integer not null, archived integer not null, doc text not null,
  primary key (team, id)
) without rowid;
INSERT INTO "channel" VALUES(5476377146943472230,576460752305135136,'ops',1,0,'{"id":"C0OPS","team":"T0ACME","name":"ops","kind":"private","creator":"U0ADA","created":1580688000000000,"updated":1580688000000000,"topic":{"value":"Operations","creator":"U0ADA","last_set":1580688000000000},"purpose":{"value":"Keep it running","creator":"U0ADA","last_set":1580688000000000}}');
INSERT INTO "channel" VALUES(5476377146943472230,576460831955603377,'launch-2022',0,1,'{"id":"C0LAUNCH","team":"T0ACME","name":"launch-2022","kind":"public","creator":"U0BEN","created":1641772800000000,"updated":1641772800000000,"archived":true}');
INSERT INTO "channel" VALUES(5476377146943472230,576460832318061318,'random',0,0,'{"id":"C0RANDOM","team":"T0ACME","name":"random","kind":"public","creator":"U0ADA","created":1556668800000000,"updated":1556668800000000}');
INSERT INTO "channel" VALUES(5476377146943472230,576463609127694509,'general',0,0,'{"id":"C0GENERAL","team":"T0ACME","name":"general","kind":"public","creator":"U0ADA","created":1556668800000000,"updated":1556668800000000,"general":true,"purpose":{"value":"For everybody at Acme","creator":"U0ADA","last_set":1556668800000000}}');
INSERT INTO "channel" VALUES(5476377146943472230,576463643952755878,'welcome',0,0,'{"id":"C0WELCOME","team":"T0ACME","name":"welcome","kind":"public","creator":"U0CLEO","created":1630886400000000,"updated":1630886400000000,"purpose":{"value":"Who is new","creator":"U0CLEO","last_set":1630886400000000}}');
INSERT INTO "channel" VALUES(5476377146943472230,864691207446277439,'@U0ADA,U0BEN',2,0,'{"id":"D0ADABEN","team":"T0ACME","kind":"im","creator":"U0ADA","created":1556755200000000,"updated":1556755200000000,"parties":["U0ADA","U0BEN"]}');
INSERT INTO "channel" VALUES(5476377226250552521,576460831671452873,'general',0,0,'{"id":"C0GLOBEX","team":"T0GLOBEX","name":"general","kind":"public","creator":"U0GIL","created":1564617600000000,"updated":1564617600000000,"general":true}');
CREATE TABLE channel_share (
  team integer not null, channel integer not null, owner integer not null,
  primary key (team, channel)
) without rowid;
CREATE TABLE enterprise (id integer primary key, doc text not null);
CREATE TABLE invitation (team integer not null, id text not null, doc text not null, primary key (team, id)) without rowid;
CREATE TABLE journal (seq integer primary key, last integer not null, entries text not null);
INSERT INTO "journal" VALUES(1,1795580998657312,'[{"at":1795580998657312,"by":{"team":"T0ACME","user":"U0GREET","app":"A0GREET"},"changes":[{"joined":{"channel":"C0RANDOM","user":"U0GREET","ts":1795580998657312}}]}]');
INSERT INTO "journal" VALUES(2,1795580998721128,'[{"at":1795580998721128,"by":{"team":"T0ACME","user":"U0GREET","app":"A0GREET"},"changes":[{"joined":{"channel":"C0RANDOM","user":"U0EMIL","inviter":"U0GREET","ts":1795580998721128}}]}]');
INSERT INTO "journal" VALUES(3,1795580998821180,'[{"at":1795580998821180,"by":{"team":"T0ACME","user":"U0GREET","app":"A0GREET"},"changes":[{"posted":{"channel":"C0RANDOM","message":{"ts":1795580998821180,"user":"U0GREET","what":{"text":{"text":"Hello all","bot":"B0GREET"}}}}}]}]');
INSERT INTO "journal" VALUES(4,1795580998917293,'[{"at":1795580998917292,"by":{"team":"T0ACME","user":"U0GREET","app":"A0GREET"},"changes":[{"created":{"channel":{"id":"C4BGQ2BJ0KS","team":"T0ACME","name":"old-days","kind":"public","creator":"U0GREET","created":1795580998917292,"updated":1795580998917292}}},{"joined":{"channel":"C4BGQ2BJ0KS","user":"U0GREET","ts":1795580998917293}}]}]');
INSERT INTO "journal" VALUES(5,1795580998957430,'[{"at":1795580998957430,"by":{"team":"T0ACME","user":"U0GREET","app":"A0GREET"},"changes":[{"joined":{"channel":"C0RANDOM","user":"U0MIA","inviter":"U0GREET","ts":1795580998957430}}]}]');
CREATE TABLE member (
  team integer not null, channel integer not null, user integer not null,
  since integer not null, closed integer not null,
  primary key (team, channel, user)
) without rowid;
INSERT INTO "member" VALUES(5476377146943472230,576460752305135136,5764607523035927934,1580688000000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576460752305135136,5764607523095288672,1580688000000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576460752305135136,5764607525239169461,1580688000000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576460831955603377,5764607523035927934,1641772800000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576460831955603377,5764607523035929279,1641772800000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576460831955603377,5764607525239169461,1641772800000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576460832318061318,5764607523035927934,1556668800000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576460832318061318,5764607523035929279,1556668800000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576460832318061318,5764607523095321382,1556668800000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576460832318061318,5764607523095383421,1795580998721128,0);
INSERT INTO "member" VALUES(5476377146943472230,576460832318061318,5764607525239169461,1795580998657312,0);
INSERT INTO "member" VALUES(5476377146943472230,576463609127694509,5764607523035927934,1556668800000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576463609127694509,5764607523035929279,1556668800000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576463609127694509,5764607523095288672,1556668800000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576463609127694509,5764607523095321382,1556668800000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576463609127694509,5764607523095383421,1556668800000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576463609127694509,5764607525239169461,1556668800000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576463643952755878,5764607523035927934,1630886400000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576463643952755878,5764607523035951669,1630886400000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576463643952755878,5764607523095288672,1630886400000000,0);
INSERT INTO "member" VALUES(5476377146943472230,576463643952755878,5764607525239169461,1630886400000000,0);
INSERT INTO "member" VALUES(5476377146943472230,864691207446277439,5764607523035927934,1556755200000000,0);
INSERT INTO "member" VALUES(5476377146943472230,864691207446277439,5764607523035929279,1556755200000000,0);
INSERT INTO "member" VALUES(5476377226250552521,576460831671452873,5764607523035935901,1564617600000000,0);
INSERT INTO "member" VALUES(5476377226250552521,576460831671452873,5764607523095512854,1564617600000000,0);
CREATE TABLE message (
  team integer not null, channel integer not null, ts integer not null, doc text not null,
  primary key (team, channel, ts)
) without rowid;
INSERT INTO "message" VALUES(5476377146943472230,576460832318061318,1795580998657312,'{"ts":1795580998657312,"user":"U0GREET","what":{"joined":{}}}');
INSERT INTO "message" VALUES(5476377146943472230,576460832318061318,1795580998721128,'{"ts":1795580998721128,"user":"U0EMIL","what":{"joined":{"inviter":"U0GREET"}}}');
INSERT INTO "message" VALUES(5476377146943472230,576460832318061318,1795580998821180,'{"ts":1795580998821180,"user":"U0GREET","what":{"text":{"text":"Hello all","bot":"B0GREET"}}}');
CREATE TABLE meta (key text primary key, value text not null) without rowid;
INSERT INTO "meta" VALUES('folded','3');
INSERT INTO "meta" VALUES('last_tick','1641772800000000');
INSERT INTO "meta" VALUES('origin','sha256:db0d5b61e6cfc34e661abd458c20305d5628a6332ecd1a1ba2f166bf5778f092');
INSERT INTO "meta" VALUES('server','{}');
CREATE TABLE token (team integer not null, hash blob not null, doc text not null, primary key (team, hash)) without rowid;
INSERT INTO "token" VALUES(5476377146943472230,X'183DDF1AC27179BD6886F12CEF2CAB42E44CA81A80672A08E0A9A4C4E6F0E140','{"token_sha256":"183ddf1ac27179bd6886f12cef2cab42e44ca81a80672a08e0a9a4c4e6f0e140","team":"T0ACME","kind":"bot","app":"A0GREET","user":"U0GREET","scopes":["channels:history","channels:join","channels:manage","channels:read","chat:write","conversations.connect:manage","conversations.connect:read","conversations.connect:write","groups:history","groups:read","groups:write","im:history","im:read","im:write","mpim:history","mpim:read","mpim:write","team:read","users.profile:read","users:read","users:read.email"]}');
INSERT INTO "token" VALUES(5476377146943472230,X'9A357DE004E70AD45B1A596F3D7E8727F99EF41C70577260E49AA3A3992A2382','{"token_sha256":"9a357de004e70ad45b1a596f3d7e8727f99ef41c70577260e49aa3a3992a2382","team":"T0ACME","kind":"user","app":"A0GREET","user":"U0ADA","scopes":["channels:history","channels:read","channels:write","chat:write","conversations.connect:write","groups:history","groups:read","groups:write","im:history","im:read","im:write","mpim:history","mpim:read","mpim:write","team:read","users.profile:read","users:read","users:read.email"]}');
CREATE TABLE user (
  team integer not null, id integer not null, home integer not null,
  flags integer not null, name text not null, email text, bot integer, doc text not null,
  primary key (team, id)
) without rowid;
INSERT INTO "user" VALUES(5476377146943472230,5764607523035927934,5476377146943472230,0,'ada','ada@acme.test',NULL,'{"id":"U0ADA","team":"T0ACME","name":"ada","real_name":"Ada Park","title":"Founder","email":"ada@acme.test","tz":"Europe/Zurich","role":"primary_owner","updated":1556668800000000}');
INSERT INTO "user" VALUES(5476377146943472230,5764607523035929279,5476377146943472230,0,'ben','ben@acme.test',NULL,'{"id":"U0BEN","team":"T0ACME","name":"ben","real_name":"Ben Okafor","title":"Engineer","email":"ben@acme.test","updated":1556668800000000}');
INSERT INTO "user" VALUES(5476377146943472230,5764607523035943666,5476377146943472230,2,'mia','mia@partner.test',NULL,'{"id":"U0MIA","team":"T0ACME","name":"mia","real_name":"Mia Sato","email":"mia@partner.test","guest":"multi_channel","updated":1556668800000000}');
INSERT INTO "user" VALUES(5476377146943472230,5764607523035951669,5476377146943472230,4,'sol','sol@contractor.test',NULL,'{"id":"U0SOL","team":"T0ACME","name":"sol","real_name":"Sol Reyes","email":"sol@contractor.test","guest":"single_channel","updated":1556668800000000}');
INSERT INTO "user" VALUES(5476377146943472230,5764607523095288672,5476377146943472230,0,'cleo','cleo@acme.test',NULL,'{"id":"U0CLEO","team":"T0ACME","name":"cleo","real_name":"Cleo Varga","title":"Office","email":"cleo@acme.test","role":"admin","updated":1556668800000000}');
INSERT INTO "user" VALUES(5476377146943472230,5764607523095321382,5476377146943472230,0,'dana','dana@acme.test',NULL,'{"id":"U0DANA","team":"T0ACME","name":"dana","real_name":"Dana Lindt","title":"Support","email":"dana@acme.test","updated":1556668800000000}');
INSERT INTO "user" VALUES(5476377146943472230,5764607523095383421,5476377146943472230,0,'emil','emil@acme.test',NULL,'{"id":"U0EMIL","team":"T0ACME","name":"emil","real_name":"Emil Roux","title":"Sales","email":"emil@acme.test","updated":1556668800000000}');
INSERT INTO "user" VALUES(5476377146943472230,5764607523095859452,5476377146943472230,1,'otto','otto@acme.test',NULL,'{"id":"U0OTTO","team":"T0ACME","name":"otto","real_name":"Otto Brandt","email":"otto@acme.test","removed":true,"updated":1556668800000000}');
INSERT INTO "user" VALUES(5476377146943472230,5764607525239169461,5476377146943472230,8,'greeter',NULL,288230378356646325,'{"id":"U0GREET","team":"T0ACME","name":"greeter","real_name":"Greeter","bot":{"id":"B0GREET","app":"A0GREET"},"updated":1556668800000000}');
INSERT INTO "user" VALUES(5476377226250552521,5764607523035935901,5476377226250552521,0,'gil','gil@globex.test',NULL,'{"id":"U0GIL","team":"T0GLOBEX","name":"gil","real_name":"Gil Marsh","email":"gil@globex.test","role":"primary_owner","updated":1564617600000000}');
INSERT INTO "user" VALUES(5476377226250552521,5764607523095512854,5476377226250552521,0,'hedy','hedy@globex.test',NULL,'{"id":"U0HEDY","team":"T0GLOBEX","name":"hedy","real_name":"Hedy Quist","email":"hedy@globex.test","updated":1564617600000000}');
CREATE TABLE workspace (team integer primary key, enterprise integer, domain text not null, doc text not null);
INSERT INTO "workspace" VALUES(5476377146943472230,NULL,'acme','{"id":"T0ACME","name":"Acme","domain":"acme","email_domain":"acme.test","created":1556668800000000}');
INSERT INTO "workspace" VALUES(5476377226250552521,NULL,'globex','{"id":"T0GLOBEX","name":"Globex","domain":"globex","email_domain":"globex.test","created":1564617600000000}');
CREATE INDEX workspace_by_enterprise on workspace (enterprise) where enterprise is not null;
CREATE INDEX user_by_id on user (id, home, flags);
CREATE INDEX user_by_email on user (team, email) where email is not null;
CREATE INDEX user_by_bot on user (team, bot) where bot is not null;
CREATE INDEX channel_by_id on channel (id);
CREATE INDEX channel_by_handle on channel (team, handle);
CREATE INDEX member_by_user on member (user, channel);
CREATE INDEX app_by_id on app (id);
CREATE INDEX token_by_hash on token (hash);
pragma user_version = 1;
