// The story that every official client lives through: `story.mjs FACTS`.
//
// `../story.py` is the same story, chapter by chapter. FACTS is a JSON file with the address of
// the server, the tokens, and the ids of its world. Each client has channels of its own.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { ErrorCode, WebClient } from '@slack/web-api';

const facts = JSON.parse(await readFile(process.argv[2], 'utf8'));
const [bot, owner, narrow] = [facts.bot_token, facts.owner_token, facts.narrow_token].map(
  (token) => new WebClient(token, { slackApiUrl: facts.url }),
);
const { people } = facts;
const stranger = 'U0NOBODY99';

/** The ids on all pages, as the SDK itself turns them; fails when one of them comes twice. */
async function gather(method, key, options) {
  const ids = [];
  let count = 0;
  for await (const page of bot.paginate(method, options)) {
    count += 1;
    ids.push(...page[key].map((item) => item.id ?? item));
  }
  const once = new Set(ids);
  assert.equal(once.size, ids.length, `some ${key} came twice`);
  return [once, count];
}

/** Awaits a call that has to be refused with this code, and returns the refusal. */
async function refused(code, call) {
  const answer = await call.catch((error) => error);
  assert.equal(answer.code, ErrorCode.PlatformError, `answered ${JSON.stringify(answer)} instead of refusing with ${code}`);
  assert.equal(answer.data.error, code, `refused with ${JSON.stringify(answer.data)}`);
  return answer.data;
}

// Who am I?
const me = await bot.auth.test();
assert.equal(me.user_id, facts.bot, 'auth.test: user_id');
assert.match(me.bot_id, /^B/, 'auth.test: bot_id');

// A channel is made, with its maker in it.
const made = (await bot.conversations.create({ name: 'node-story' })).channel;
const channel = made.id;
assert.equal(made.name, 'node-story', 'create: name');
assert.equal(made.is_member, true, 'create: is_member');
assert.equal(made.creator, facts.bot, 'create: creator');

const members = (limit = 1000) => gather('conversations.members', 'members', { channel, limit });

// One person is invited, then twenty in one call.
let answer = await bot.conversations.invite({ channel, users: people[0] });
assert.equal(answer.channel.id, channel, 'invite one: channel');
assert.equal(answer.channel.is_member, true, 'invite one: is_member');
answer = await bot.conversations.invite({ channel, users: people.slice(1, 21).join(',') });
assert.equal(answer.channel.id, channel, 'invite twenty: channel');
const inside = new Set([facts.bot, ...people.slice(0, 21)]);
assert.deepEqual((await members())[0], inside, 'members after both');

// One bad id keeps everybody out. (A list that is no text goes out as JSON from this client.)
const some = [people[21], stranger, people[22]];
const bad = [{ user: stranger, ok: false, error: 'user_not_found' }];
answer = await refused('user_not_found', bot.conversations.invite({ channel, users: some }));
assert.deepEqual(answer.errors, bad, 'one bad id: errors');
assert.deepEqual((await members())[0], inside, 'members after one bad id');

// With force it keeps out only itself.
answer = await bot.conversations.invite({ channel, users: some.join(','), force: true });
assert.equal(answer.channel.id, channel, 'force: channel');
assert.deepEqual(answer.errors, bad, 'force: errors');
inside.add(people[21]).add(people[22]);
assert.deepEqual((await members())[0], inside, 'members after force');

// Refusals.
await refused('already_in_channel', bot.conversations.invite({ channel, users: people[0] }));
await refused('cant_invite_self', bot.conversations.invite({ channel, users: facts.bot }));
await refused('no_user', bot.conversations.invite({ channel, users: '' }));
await refused('channel_not_found', bot.conversations.invite({ channel: 'C0NOWHERE9', users: people[0] }));
await refused('not_in_channel', owner.conversations.invite({ channel, users: people[23] }));

// The owner, once invited, invites in turn.
await bot.conversations.invite({ channel, users: facts.owner });
await owner.conversations.invite({ channel, users: people[23] });
inside.add(facts.owner).add(people[23]);

// Pages of seven: everybody once.
let [found, count] = await members(7);
assert.deepEqual(found, inside, 'members in pages of seven');
assert.ok(count >= inside.size / 7, `${inside.size} members came in ${count} pages of at most 7`);

// A thousand people in pages. Slackbot, who is nobody's guest, may be among them.
[found, count] = await gather('users.list', 'members', { limit: 200 });
found.delete('USLACKBOT');
const everyone = new Set([facts.bot, facts.owner, ...people]);
assert.deepEqual(found, everyone, 'users.list');
assert.ok(count >= everyone.size / 200, `${everyone.size} users came in ${count} pages of at most 200`);

// A token that may only look at people.
answer = await refused('missing_scope', narrow.conversations.invite({ channel, users: people[24] }));
assert.equal(answer.provided, 'users:read', 'missing_scope: provided');
assert.ok(answer.needed && !answer.needed.includes('users:read'), `missing_scope: needed ${answer.needed}`);

// Those invited are greeted.
const text = `Welcome, <@${people[0]}>!`;
const blocks = [{ type: 'section', text: { type: 'mrkdwn', text } }];
answer = await bot.chat.postMessage({ channel, text, blocks });
assert.equal(answer.channel, channel, 'greeting: channel');
assert.equal(answer.message.text, text, 'greeting: text');
const { ts } = answer;

// What is remembered: each joined once, through whom, and then came the greeting.
const { messages } = await bot.conversations.history({ channel, limit: 200 });
const joins = messages.filter(({ subtype, user }) => subtype === 'channel_join' && user !== facts.bot);
inside.delete(facts.bot);
assert.deepEqual(joins.map(({ user }) => user).sort(), [...inside].sort(), 'who joined');
for (const { user, inviter } of joins) {
  assert.equal(inviter, user === people[23] ? facts.owner : facts.bot, `inviter of ${user}`);
}
assert.equal(messages[0].ts, ts, 'newest message: ts');
assert.equal(messages[0].text, text, 'newest message: text');
assert.equal(messages[0].blocks[0].text.text, text, 'newest message: block text');

console.log('@slack/web-api: the whole story is true');
