// An admin decides whom members asked for: `invite_requests.mjs URL`.
//
// `../invite_requests.py` is the same story, chapter by chapter. The server has the world of
// `../invite_requests.yaml`. Each client has requests of its own.

import assert from 'node:assert/strict';
import { ErrorCode, WebClient } from '@slack/web-api';

const [ada, ben] = ['xoxp-ada', 'xoxp-ben'].map((token) => new WebClient(token, { slackApiUrl: process.argv[2] }));
const team_id = 'T0ACME';
const [first, second] = ['Ir0NODE1', 'Ir0NODE2'];
const requests = ada.admin.inviteRequests;

/** Awaits a call that has to be refused with this code. */
async function refused(code, call) {
  const answer = await call.catch((error) => error);
  assert.equal(answer.code, ErrorCode.PlatformError, `answered ${JSON.stringify(answer)} instead of refusing with ${code}`);
  assert.equal(answer.data.error, code, `refused with ${JSON.stringify(answer.data)}`);
}

// Page by page every request is listed once; whoever is no admin is told nothing.
await refused('not_an_admin', ben.admin.inviteRequests.list({ team_id }));
const found = {};
let cursor;
do {
  const page = await requests.list({ team_id, limit: 1, cursor });
  for (const one of page.invite_requests) found[one.id] = one;
  cursor = page.response_metadata.next_cursor;
} while (cursor);
const one = found[first];
assert.equal(one.email, 'node@email.test', 'email');
assert.deepEqual(one.requester_ids, ['U0BEN'], 'requester_ids');
assert.deepEqual(one.channel_ids, ['C0OPS'], 'channel_ids');
assert.equal(one.invite_type, 'full_member', 'invite_type');
assert.equal(one.request_reason, 'Helps us', 'request_reason');
assert.deepEqual([found[second].real_name, found[second].date_expire], [null, null], 'what is not known');

// One is approved, once: an invitation is on its way.
await requests.approve({ invite_request_id: first, team_id });
await refused('already_processed', requests.approve({ invite_request_id: first, team_id }));
await refused('already_processed', requests.deny({ invite_request_id: first, team_id }));
const approved = (await requests.approved.list({ team_id })).approved_requests;
const [yes] = approved.filter(({ invite_request }) => invite_request.id === first);
assert.deepEqual(yes.approved_by, { actor_id: 'U0ADA', actor_type: 'user' }, 'approved_by');
assert.equal(yes.invite.inviter_id, 'U0BEN', 'inviter_id');
await refused(
  'already_in_team_invited_user',
  ada.admin.users.invite({ team_id, email: 'node@email.test', channel_ids: 'C0OPS' }),
);

// The other is denied.
await requests.deny({ invite_request_id: second, team_id });
const denied = (await requests.denied.list({ team_id })).denied_requests;
const [no] = denied.filter(({ invite_request }) => invite_request.id === second);
assert.equal(no.denied_by.actor_id, 'U0ADA', 'denied_by');
await refused('invalid_request', requests.deny({ invite_request_id: 'Ir0NONE', team_id }));

console.log('@slack/web-api: the story of requests to invite people is true');
