-- Which node hands a letter over, and until when it may, by this database's clock.
alter table mail add column claim bigint, add column lease timestamptz;
create sequence mail_claim;
