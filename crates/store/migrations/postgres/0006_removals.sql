-- Before a workspace is taken out it is asked what it shares with others: invitations from there, and
-- tokens of its apps that were made elsewhere.
create index invitation_side_by_owner on invitation_side (owner, id);
create index token_of_app on token (app) where app is not null;
