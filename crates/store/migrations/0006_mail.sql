-- Letters, and what became of each; `id` is a tick, so the newest is the last.
create table mail (
  team integer not null, id integer not null, address text not null, state text not null,
  -- When it is handed over next.
  due integer, doc text not null,
  primary key (team, id)
) without rowid;
create index mail_by_id on mail (id);
create index mail_by_address on mail (address, id);
create index mail_by_due on mail (due) where due is not null;
