-- Up to where somebody has read, and when they said so by conversations.mark; null of those who have not since they came
-- in. (A node of the version before cannot read in the journal that somebody did, and shows of nobody how far they read.)
alter table member add column last_read bigint;
alter table member add column marked bigint;
