-- The token that a ticket was given for, hashed: it admits nobody once that is good no more.
alter table ticket add column token bytea;
