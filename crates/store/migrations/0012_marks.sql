-- Up to where somebody has read, and when they said so by conversations.mark; null of those who have not since they came
-- in. A row that is written anew has neither.
alter table member add column last_read integer;
alter table member add column marked integer;
