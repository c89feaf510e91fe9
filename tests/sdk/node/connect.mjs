// The story of a connected channel, from both of its sides: `connect.mjs URL`.
//
// `../connect.py` is the same story, chapter by chapter. The server has the world of
// `../connect.yaml`. Each client has channels of its own.

import assert from 'node:assert/strict';
import { ErrorCode, WebClient } from '@slack/web-api';

const [acme, ada, globex, gil] = ['xoxb-acme', 'xoxp-ada', 'xoxb-globex', 'xoxp-gil'].map(
  (token) => new WebClient(token, { slackApiUrl: process.argv[2] }),
);
const [mine, theirs] = ['node-plans', 'acme-node-plans'];

/** Awaits a call that has to be refused with this code. */
async function refused(code, call) {
  const answer = await call.catch((error) => error);
  assert.equal(answer.code, ErrorCode.PlatformError, `answered ${JSON.stringify(answer)} instead of refusing with ${code}`);
  assert.equal(answer.data.error, code, `refused with ${JSON.stringify(answer.data)}`);
}

// A channel is made and offered to the other side's bot, with full rights.
const channel = (await acme.conversations.create({ name: mine })).channel.id;
const to = { channel, user_ids: ['U0GLOBOT'], external_limited: false };
let offer = await acme.conversations.inviteShared(to);
assert.match(offer.invite_id, /^I/, 'invite_id');
assert.match(offer.url, /\/share\//, 'url');
assert.ok(offer.conf_code, 'conf_code');
assert.equal((await acme.conversations.inviteShared(to)).invite_id, offer.invite_id, 'the same invitation again');
await refused('user_not_found', acme.conversations.inviteShared({ channel, user_ids: ['U0NOBODY'] }));
await refused('channel_not_found', globex.conversations.info({ channel }));

// It accepts under a name of its own; both sides approve.
let { invite_id } = offer;
const accepted = await globex.conversations.acceptSharedInvite({ channel_name: theirs, invite_id });
assert.equal(accepted.channel_id, channel, 'accept: channel_id');
assert.equal(accepted.implicit_approval, false, 'accept: implicit_approval');
assert.equal((await acme.conversations.info({ channel })).channel.is_pending_ext_shared, true, 'pending');
await refused('missing_target_team', acme.conversations.approveSharedInvite({ invite_id }));
await acme.conversations.approveSharedInvite({ invite_id, target_team: 'T0GLOBEX' });
await refused('channel_not_found', globex.conversations.info({ channel }));
await globex.conversations.approveSharedInvite({ invite_id });

// Each side has its name for it, and knows the other.
for (const [client, name, other] of [[acme, mine, 'T0GLOBEX'], [globex, theirs, 'T0ACME']]) {
  const seen = (await client.conversations.info({ channel })).channel;
  assert.equal(seen.name, name, 'name');
  assert.equal(seen.is_ext_shared, true, 'is_ext_shared');
  assert.deepEqual(seen.connected_team_ids, [other], 'connected_team_ids');
}

// They talk, and bring further people in.
await globex.chat.postMessage({ channel, text: 'Hello, Acme' });
await acme.chat.postMessage({ channel, text: 'Hello, Globex' });
const said = (await globex.conversations.history({ channel })).messages.slice(0, 2).map(({ text }) => text);
assert.deepEqual(said, ['Hello, Globex', 'Hello, Acme'], 'history');
await globex.conversations.invite({ channel, users: 'U0GUS' });
assert.equal((await acme.users.info({ user: 'U0GUS' })).user.team_id, 'T0GLOBEX', "a guest's team");

// The host lets the partner do less, and more again.
const change = (action) => acme.conversations.externalInvitePermissions.set({ channel, target_team: 'T0GLOBEX', action });
await change('downgrade');
await refused('no_external_invite_permission', globex.conversations.invite({ channel, users: 'U0GIL' }));
await change('upgrade');
await globex.conversations.invite({ channel, users: 'U0GIL' });

// The host disconnects; the partner keeps an archived copy under another id.
await ada.admin.conversations.disconnectShared({ channel_id: channel, leaving_team_ids: ['T0GLOBEX'] });
await refused('channel_not_found', globex.conversations.history({ channel }));
const rows = (await globex.conversations.list({ types: 'public_channel', limit: 200 })).channels;
const copies = rows.filter(({ name }) => name === theirs).map(({ id }) => id);
assert.equal(copies.length, 1, 'copies');
const frozen = (await globex.conversations.info({ channel: copies[0] })).channel;
assert.deepEqual([frozen.is_archived, frozen.frozen_reason], [true, 'connection_severed'], 'frozen');
const kept = (await globex.conversations.history({ channel: copies[0] })).messages.map(({ text }) => text);
assert.ok(kept.includes('Hello, Globex'), `the copy has ${kept}`);

// They come together again, by mail and to post only; a person accepts it.
offer = await acme.conversations.inviteShared({ channel, emails: ['gil@globex.test'] });
assert.equal(offer.url, undefined, 'a link for a side that may only post');
({ invite_id } = offer);
await refused('email_does_not_match', globex.conversations.acceptSharedInvite({ channel_name: theirs, invite_id }));
await gil.conversations.acceptSharedInvite({ channel_name: theirs, invite_id });
await globex.conversations.approveSharedInvite({ invite_id });
await acme.conversations.approveSharedInvite({ invite_id, target_team: 'T0GLOBEX' });
const { members } = await acme.conversations.members({ channel });
assert.deepEqual(members.sort(), ['U0GIL', 'U0GREET'], 'members after all');

console.log('@slack/web-api: the story of the connected channel is true');
