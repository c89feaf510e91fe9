-- What was said in answer to a message, by that message.
create table reply (
  team bigint not null, channel bigint not null, thread bigint not null, ts bigint not null,
  primary key (team, channel, thread, ts)
);
insert into reply (team, channel, thread, ts)
  select team, channel, cast(doc::json #>> '{what,text,thread_ts}' as bigint), ts from message
  where doc like '%"thread_ts"%' and cast(doc::json #>> '{what,text,thread_ts}' as bigint) <> ts;
