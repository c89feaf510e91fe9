-- What was said in answer to a message, by that message.
create table reply (
  team integer not null, channel integer not null, thread integer not null, ts integer not null,
  primary key (team, channel, thread, ts)
) without rowid;
insert into reply (team, channel, thread, ts)
  select team, channel, json_extract(doc, '$.what.text.thread_ts'), ts from message
  where doc like '%"thread_ts"%' and json_extract(doc, '$.what.text.thread_ts') <> ts;
