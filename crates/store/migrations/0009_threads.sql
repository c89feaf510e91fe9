-- What was said in answer to a message, by that message, and by whom.
create table reply (
  team integer not null, channel integer not null, thread integer not null, ts integer not null,
  author text not null,
  primary key (team, channel, thread, ts)
) without rowid;
insert into reply (team, channel, thread, ts, author)
  select team, channel, json_extract(doc, '$.what.text.thread_ts'), ts, json_extract(doc, '$.user') from message
  where doc like '%"thread_ts"%' and json_extract(doc, '$.what.text.thread_ts') <> ts;
