-- Workspaces of different realms have no people in common: an address leads to nobody of another.
alter table workspace add column realm text not null default '';
