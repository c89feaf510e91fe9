// The whole story of a shared channel, in real Chromium and with the official client, on one server:
// `story.mjs FACTS`.
//
// It runs a mail server of its own, whose port is the first line it prints, and begins once the file
// that the facts name says where the guestlist server is.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ErrorCode, WebClient } from '@slack/web-api';
import { chromium } from 'playwright-core';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

const facts = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const [WIDE, NARROW] = [{ width: 1000, height: 900 }, { width: 320, height: 700 }];

// The mail server asks for a password, and turns each first letter to an address away for now.
const letters = [];
const met = new Set();
const office = new SMTPServer({
  authOptional: false,
  allowInsecureAuth: true,
  disabledCommands: ['STARTTLS'],
  onAuth: ({ username, password }, _, done) => done(
    username === facts.mail_user && password === facts.mail_password ? null : new Error('who are you?'),
    { user: username },
  ),
  onRcptTo: ({ address }, _, done) => {
    if (met.has(address)) return done();
    met.add(address);
    return done(Object.assign(new Error('greylisted'), { responseCode: 451 }));
  },
  onData: (stream, session, done) => {
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', async () => {
      const mail = await PostalMime.parse(Buffer.concat(parts));
      letters.push({ mail, to: session.envelope.rcptTo.map(({ address }) => address) });
      done();
    });
  },
});
await new Promise((resolve) => { office.listen(0, '127.0.0.1', resolve); });
console.log(`mail server on port ${office.server.address().port}`);

while (!existsSync(facts.server)) await pause(20);
const { site, control_token: token } = JSON.parse(readFileSync(facts.server, 'utf8'));
const [acme, ada, globex, gil, xen] = ['xoxb-acme', 'xoxp-ada', 'xoxb-globex', 'xoxp-gil', 'xoxp-xen']
  .map((text) => new WebClient(text, { slackApiUrl: `${site}/api/` }));

/** Awaits a call that has to be refused with this code. */
async function refused(code, call) {
  const answer = await call.catch((error) => error);
  assert.equal(answer.code, ErrorCode.PlatformError, `answered ${JSON.stringify(answer)} instead of refusing with ${code}`);
  assert.equal(answer.data.error, code, `refused with ${JSON.stringify(answer.data)}`);
}

async function control(method, path, body) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${site}/control/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.json();
}

/** The letter to an address, once it has come; what it says of the first attempt is looked at, too. */
async function letter(to) {
  const [waiting] = (await control('GET', `mail?to=${to}&state=retrying&wait_seconds=30`)).mail;
  assert.ok(waiting, `no letter to ${to} is retrying`);
  assert.match(waiting.failure, /451/, 'failure');
  await control('POST', 'clock', { advance_seconds: 60 });
  const [sent] = (await control('GET', `mail?to=${to}&state=sent&wait_seconds=30`)).mail;
  assert.ok(sent, `no letter to ${to} is sent`);
  const came = letters.filter((one) => one.to.includes(to));
  assert.equal(came.length, 1, `letters to ${to}`);
  const { mail } = came[0];
  assert.equal(mail.subject, sent.subject, 'subject');
  assert.equal(mail.text.trim().replaceAll('\r\n', '\n'), sent.text.trim(), 'text');
  return { ...mail, url: sent.url };
}

mkdirSync(facts.pictures, { recursive: true });
const browser = await chromium.launch({
  executablePath: facts.chromium,
  chromiumSandbox: process.getuid?.() !== 0,
  args: ['--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** Runs in the page: what of its text stands out too little, and which fields have no label. */
function faults() {
  const channels = (text) => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const linear = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own && !element.matches('input[type=text]')) continue;
    const [ink, paper] = [light(channels(getComputedStyle(element).color)), light(ground(element))];
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (contrast < 4.5) found.push(`${element.tagName} ${element.textContent.trim()}: contrast ${contrast.toFixed(2)}`);
  }
  for (const field of document.querySelectorAll('input:not([type=hidden]), select')) {
    if (!field.labels.length) found.push(`${field.name} has no label`);
  }
  if (document.documentElement.lang !== 'en') found.push('no language');
  if (document.querySelectorAll('h1').length !== 1) found.push('not one headline');
  if (document.documentElement.scrollWidth > innerWidth) found.push('wider than the window');
  return found;
}

/** Takes pictures of a page, wide and narrow, light and dark, in which nothing may be amiss. */
async function picture(page, name) {
  const before = page.viewportSize();
  for (const [size, viewport] of [['wide', WIDE], ['narrow', NARROW]]) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      const path = join(facts.pictures, `${name}-${size}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
      assert.deepEqual(await page.evaluate(faults), [], `${name}, ${size}, ${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before);
}

// A page that shows the letters as a mail program does, and one of a browser without scripts.
const open = async (options = {}) => (await browser.newContext({ viewport: WIDE, ...options })).newPage();
const headline = async (page, text) => assert.match(await page.locator('h1').innerText(), text);

// A channel is made, and offered by mail to nobody yet: to the bot of Globex.
const channel = (await ada.conversations.create({ name: 'joint-plans' })).channel.id;
await ada.conversations.invite({ channel, users: 'U0GREET' });
const offer = await acme.conversations.inviteShared({ channel, user_ids: ['U0GLOBOT'], external_limited: false });
assert.ok(offer.url.startsWith(`${site}/share/`), offer.url);

// Gil opens the link, looks for himself, and accepts; first under a name that is taken.
const page = await open();
await page.goto(offer.url);
await headline(page, /^Greeter invites you to #joint-plans$/);
await picture(page, 'invitation');
await page.getByLabel('You are').selectOption({ label: 'Gil Ray (gil, owner)' });
await page.getByLabel('The channel’s name in Globex').fill('plans');
await page.getByRole('radio', { name: /^Private/ }).check();
await page.getByRole('button', { name: 'Accept' }).click();
assert.match(await page.getByRole('alert').innerText(), /Another channel in Globex has this name/);
await picture(page, 'refused');
await page.getByLabel('The channel’s name in Globex').fill('acme-plans');
await page.getByRole('button', { name: 'Accept' }).click();
await headline(page, /^The invitation is accepted$/);
assert.equal(page.url(), offer.url, 'where accepting leads');
await picture(page, 'accepted');

// Both sides approve; the link has done its work.
let { invite_id } = offer;
assert.equal((await acme.conversations.info({ channel })).channel.is_pending_ext_shared, true, 'pending');
await acme.conversations.approveSharedInvite({ invite_id, target_team: 'T0GLOBEX' });
await globex.conversations.approveSharedInvite({ invite_id });
await page.reload();
await headline(page, /^The channel is connected$/);
await refused('invite_used', globex.conversations.acceptSharedInvite({ invite_id, channel_name: 'again' }));
const seen = (await gil.conversations.info({ channel })).channel;
assert.deepEqual([seen.name, seen.is_private, seen.is_ext_shared], ['acme-plans', true, true], 'as Globex sees it');

// They talk; the host lets the partner do less, and more again.
await gil.chat.postMessage({ channel, text: 'Hello, Acme' });
await acme.chat.postMessage({ channel, text: 'Hello, Globex' });
const said = (await gil.conversations.history({ channel })).messages.slice(0, 2).map(({ text }) => text);
assert.deepEqual(said, ['Hello, Globex', 'Hello, Acme'], 'history');
const change = (action) => acme.conversations.externalInvitePermissions.set({ channel, target_team: 'T0GLOBEX', action });
const bring = () => new WebClient('xoxb-globex', { slackApiUrl: `${site}/api/` }).conversations.invite({ channel, users: 'U0GUS' });
await acme.conversations.invite({ channel, users: 'U0GLOBOT' });
await change('downgrade');
await refused('no_external_invite_permission', bring());
await change('upgrade');
await bring();

// A third organisation is invited by mail, to post only. Its letter is read, and its link followed
// by somebody whose browser runs no scripts.
({ invite_id } = await ada.conversations.inviteShared({ channel, emails: 'xen@initech.test', message: 'Come <b>and</b> see.\nWe have cake.' }));
const invited = await letter('xen@initech.test');
assert.equal(invited.subject, 'Ada <Park> invites you to #joint-plans of Acme & Sons');
assert.deepEqual([invited.from.address, invited.to.map(({ address }) => address)], ['invitations@guestlist.test', ['xen@initech.test']]);
const reading = await open();
await reading.setContent(invited.html);
await picture(reading, 'letter');
assert.equal(await reading.locator('blockquote').innerText(), 'Come <b>and</b> see.\nWe have cake.');
const [button] = await reading.getByRole('link', { name: 'See the invitation' }).all();
assert.equal(await button.getAttribute('href'), invited.url, 'where the button leads');
const plain = await open({ javaScriptEnabled: false, viewport: NARROW });
await plain.goto(invited.url);
await headline(plain, /^Ada <Park> invites you to #joint-plans$/);
const path = join(facts.pictures, 'post-only-narrow.png');
await plain.screenshot({ path, fullPage: true });
await plain.getByRole('button', { name: 'Accept' }).click();
await headline(plain, /^The invitation is accepted$/);
await acme.conversations.approveSharedInvite({ invite_id, target_team: 'T0INITECH' });

// A host and two partners: each sees the others, and the one may only post.
const sides = async (client) => (await client.conversations.info({ channel })).channel.connected_team_ids.sort();
assert.deepEqual(await sides(acme), ['T0GLOBEX', 'T0INITECH']);
assert.deepEqual(await sides(gil), ['T0ACME', 'T0INITECH']);
assert.deepEqual(await sides(xen), ['T0ACME', 'T0GLOBEX']);
await xen.chat.postMessage({ channel, text: 'Hello from Initech' });
assert.equal((await gil.conversations.history({ channel })).messages[0].text, 'Hello from Initech');
await refused('no_external_invite_permission', xen.conversations.invite({ channel, users: 'U0XAN' }));

// The host disconnects both; each finds that out.
for (const team of ['T0GLOBEX', 'T0INITECH']) {
  await ada.admin.conversations.disconnectShared({ channel_id: channel, leaving_team_ids: [team] });
}
await refused('channel_not_found', gil.conversations.history({ channel }));
await refused('channel_not_found', xen.conversations.info({ channel }));
await page.reload();
await headline(page, /^The channel is not connected any more$/);
const copies = (await gil.conversations.list({ types: 'public_channel,private_channel', limit: 200 })).channels;
const copy = copies.find(({ name }) => name === 'acme-plans');
assert.equal((await gil.conversations.info({ channel: copy.id })).channel.frozen_reason, 'connection_severed');

// They come together again, by mail; whoever opens the link of a letter and declines ends it.
const again = { channel, emails: 'gil@globex.test', external_limited: false };
await ada.conversations.inviteShared(again);
const first = await letter('gil@globex.test');
await page.goto(first.url);
await page.getByRole('button', { name: 'Decline' }).click();
await headline(page, /^The invitation was declined$/);
await picture(page, 'declined');
const { invite_id: second, url } = await ada.conversations.inviteShared(again);
await page.goto(url);
await page.getByRole('button', { name: 'Accept' }).click();
await headline(page, /^The invitation is accepted$/);
await globex.conversations.approveSharedInvite({ invite_id: second });
await acme.conversations.approveSharedInvite({ invite_id: second, target_team: 'T0GLOBEX' });
await gil.chat.postMessage({ channel, text: 'Back again' });
assert.equal((await acme.conversations.history({ channel })).messages[0].text, 'Back again');

// A page of another site makes a browser send the form: nothing comes of it.
const target = (await ada.conversations.inviteShared({ channel, emails: 'xen@initech.test', external_limited: false })).url;
const evil = createServer((_, answer) => {
  answer.setHeader('content-type', 'text/html');
  answer.end(`<form method="post" action="${target}"><input name="decision" value="accept"><input name="user" value="U0XEN"><input name="name" value="ops"><button>Win</button></form>`);
});
await new Promise((resolve) => { evil.listen(0, '127.0.0.1', resolve); });
const lured = await open();
await lured.goto(`http://localhost:${evil.address().port}/`);
await lured.getByRole('button', { name: 'Win' }).click();
await headline(lured, /^This is not answered from here$/);
assert.match(await lured.locator('p').innerText(), /comes from a page of another site/);
await picture(lured, 'foreign');
assert.equal((await acme.conversations.info({ channel })).channel.is_pending_ext_shared, false, 'pending after all');

// An invitation that nobody answers lapses.
await ada.conversations.inviteShared({ channel, emails: 'late@initech.test', external_limited: true });
const late = await letter('late@initech.test');
await page.goto(late.url);
await headline(page, /^Ada <Park> invites you/);
assert.match(await page.locator('.alert').innerText(), /nobody here has/);
await control('POST', 'clock', { advance_seconds: 14 * 86400 });
await page.reload();
await headline(page, /^The invitation has expired$/);

// Ada asks people in by mail: Ned says what he is called and is in the channel; Una, who would have been a
// guest for a week, reads hers too late.
const asked = { team_id: 'T0ACME', channel_ids: channel };
await ada.admin.users.invite({ ...asked, email: 'ned@acme.test', real_name: 'Ned' });
const welcome = await letter('ned@acme.test');
await reading.setContent(welcome.html);
await picture(reading, 'letter-to-join');
await plain.goto(welcome.url);
await headline(plain, /^Ada <Park> invites you to join Acme & Sons$/);
await page.goto(welcome.url);
await picture(page, 'join');
assert.equal(await page.getByLabel('Your name').inputValue(), 'Ned');
await page.getByLabel('Your name').fill('Ned <Low>');
await page.getByRole('button', { name: 'Join' }).click();
await headline(page, /^You have joined$/);
assert.equal(page.url(), welcome.url, 'where joining leads');
await picture(page, 'joined');
const { user: ned } = await acme.users.lookupByEmail({ email: 'ned@acme.test' });
assert.equal(ned.real_name, 'Ned <Low>');
assert.ok((await acme.conversations.members({ channel })).members.includes(ned.id), 'Ned is in the channel');
const week = { guest_expiration_ts: `${Math.floor((await control('GET', 'clock')).ts) + 7 * 86400}` };
await ada.admin.users.invite({ ...asked, ...week, email: 'una@else.test', is_restricted: true });
const guest = await letter('una@else.test');
await page.goto(guest.url);
assert.match(await page.locator('dl').innerText(), /As a guest until/);
await picture(page, 'join-guest');
await control('POST', 'clock', { advance_seconds: 8 * 86400 });
await page.reload();
await headline(page, /^The invitation is over$/);

// An app is let in where its page said. Whoever chooses another place and allows it at once is shown that first.
const home = createServer((_, answer) => answer.end('home'));
await new Promise((resolve) => { home.listen(0, '127.0.0.1', resolve); });
const back = `http://127.0.0.1:${home.address().port}/back`;
const manifest = JSON.stringify({
  display_information: { name: 'Sorter' },
  features: { bot_user: { display_name: 'sorter' } },
  oauth_config: { redirect_urls: [back], scopes: { bot: ['channels:read'] } },
  settings: { org_deploy_enabled: true },
});
const sorter = await control('POST', 'apps', { workspace: 'T0ACME', manifest });
const link = `${site}/oauth/v2/authorize?${new URLSearchParams({ client_id: sorter.client_id, scope: 'channels:read', state: 'a"<b' })}`;
const allow = (at) => at.getByRole('button', { name: 'Allow' }).click();
const where = (at) => at.getByLabel('Where');
await page.goto(link);
await headline(page, /^Let Sorter into Acme & Sons\?$/);
await picture(page, 'consent');
await plain.goto(link);
await where(plain).selectOption({ label: 'All of Acme Corp' });
await allow(plain);
await headline(plain, /^Let Sorter into all of Acme Corp\?$/);
assert.match(await plain.getByRole('alert').innerText(), /^You chose another place/);
await where(page).selectOption({ label: 'All of Acme Corp' });
await allow(page);
await headline(page, /^Let Sorter into all of Acme Corp\?$/);
await picture(page, 'consent-elsewhere');
// By Show the page is another, too, and enter in its field does no more.
await where(page).selectOption({ label: 'Globex' });
await page.getByRole('button', { name: 'Show' }).click();
await headline(page, /^Let Sorter into Globex\?$/);
assert.equal(await page.getByRole('alert').count(), 0, 'an alert without a cause');
await page.getByLabel('Find a person').fill('gil');
await page.keyboard.press('Enter');
await page.waitForURL(/[?&]find=gil(&|$)/);
await headline(page, /^Let Sorter into Globex\?$/);
assert.deepEqual(await page.getByLabel('You are').locator('option').allInnerTexts(), ['Gil Ray (gil, owner)']);
await allow(plain);
await plain.waitForURL(`${back}?*`);
const sent = new URL(plain.url()).searchParams;
assert.equal(sent.get('state'), 'a"<b');
const granted = await acme.oauth.v2.access({ client_id: sorter.client_id, client_secret: sorter.client_secret, code: sent.get('code') });
assert.deepEqual([granted.is_enterprise_install, granted.enterprise.id], [true, 'E0ACME'], 'where the app was let in');

await browser.close();
home.close();
evil.close();
office.close();
console.log('Chromium and @slack/web-api: the story of the shared channel, of who joins it and of an app is true');
