-- What was said in answer to a message, by that message, and by whom. (A text may have a character that no text
-- of this database can have.)
create table reply (
  team bigint not null, channel bigint not null, thread bigint not null, ts bigint not null,
  author text not null,
  primary key (team, channel, thread, ts)
);
insert into reply (team, channel, thread, ts, author)
  select team, channel, cast(replace(doc, '\u0000', '\ufffd')::json #>> '{what,text,thread_ts}' as bigint), ts, replace(doc, '\u0000', '\ufffd')::json ->> 'user' from message
  where doc like '%"thread_ts"%' and cast(replace(doc, '\u0000', '\ufffd')::json #>> '{what,text,thread_ts}' as bigint) <> ts;
