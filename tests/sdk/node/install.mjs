// An app is installed with @slack/oauth: `install.mjs FACTS`. `../install.py` does the same with
// slack_sdk, and more of it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { InstallProvider, LogLevel } from '@slack/oauth';
import { WebClient } from '@slack/web-api';

const facts = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const authorizationUrl = new URL('/oauth/v2/authorize', facts.url).toString();
const clientOptions = { slackApiUrl: facts.url, logLevel: LogLevel.ERROR };
const plainText = (text) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');

/** Opens the page, answers for a person, and returns where the browser is sent. */
async function allow(link, user) {
  const page = await (await fetch(link)).text();
  const form = page.split('<form method="post"')[1];
  const fields = new URLSearchParams({ user, decision: 'allow' });
  for (const [, name, value] of form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) {
    fields.append(plainText(name), plainText(value));
  }
  const answer = await fetch(authorizationUrl, { method: 'POST', body: fields, redirect: 'manual' });
  assert.equal(answer.status, 302, await answer.text());
  return new URL(answer.headers.get('location'));
}

/** An app that is installed through its own two paths, as Bolt for JavaScript has them. */
async function installed({ client_id: clientId, client_secret: clientSecret }) {
  const installer = new InstallProvider({
    clientId,
    clientSecret,
    stateSecret: 'a secret of the app',
    authorizationUrl,
    clientOptions,
    logLevel: LogLevel.ERROR,
    installUrlOptions: {
      scopes: ['channels:join', 'chat:write'],
      userScopes: ['channels:read'],
      redirectUri: facts.redirect_uri,
    },
  });
  const done = {};
  const server = http.createServer((request, response) => {
    if (request.url.startsWith('/slack/install')) return installer.handleInstallPath(request, response);
    return installer.handleCallback(request, response, {
      success: (installation, _options, _request, answer) => {
        done.installation = installation;
        answer.end('installed');
      },
      failure: (error, _options, _request, answer) => {
        done.error = error;
        answer.end('not installed');
      },
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = `http://127.0.0.1:${server.address().port}`;
  const start = await fetch(`${own}/slack/install`);
  const cookie = start.headers.get('set-cookie').split(';')[0];
  const [, link] = (await start.text()).match(/href="([^"]*authorize[^"]*)"/);
  const sent = await allow(plainText(link), facts.owner);
  assert.equal(sent.origin + sent.pathname, facts.redirect_uri);
  const back = await fetch(`${own}/slack/oauth_redirect${sent.search}`, { headers: { cookie } });
  assert.equal(await back.text(), 'installed', `${done.error}`);
  server.close();
  server.closeAllConnections();
  return { installer, installation: done.installation };
}

const [plain, rotating] = facts.apps;

// Tokens that live for ever.
{
  const { installer, installation } = await installed(plain);
  assert.equal(installation.user.id, facts.owner);
  const found = await installer.authorize({ teamId: installation.team.id, isEnterpriseInstall: false });
  assert.equal(found.botUserId, installation.bot.userId);
  const bot = new WebClient(found.botToken, clientOptions);
  assert.equal((await bot.auth.test()).user_id, installation.bot.userId);
  await bot.conversations.join({ channel: facts.general });
  await bot.chat.postMessage({ channel: facts.general, text: 'Good evening' });
}

// Tokens that are renewed: the provider does so by itself once there are less than two hours left.
{
  const { installer, installation } = await installed(rotating);
  const old = installation.bot.token;
  assert.match(old, /^xoxe\.xoxb-1-/);
  installation.bot.expiresAt = Math.floor(Date.now() / 1000) + 60;
  const found = await installer.authorize({ teamId: installation.team.id, isEnterpriseInstall: false });
  assert.notEqual(found.botToken, old);
  const bot = new WebClient(found.botToken, clientOptions);
  assert.equal((await bot.auth.test()).user_id, installation.bot.userId);
  await bot.apps.uninstall(rotating);
  await assert.rejects(bot.auth.test(), (error) => error.data.error === 'token_revoked');
}
console.log('@slack/oauth: installed, renewed, uninstalled');
