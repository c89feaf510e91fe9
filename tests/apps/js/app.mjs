// The greeter, with Bolt for JavaScript: `app.mjs`, told all by its environment.
//
// `../python/app.py` and `../java` are the same app. It greets whoever joins a channel it is in, takes
// part where its bot is invited by another organisation, reports how its own invitations fare, and
// invites when it is asked to: by a message, by a slash command with a modal, and by a button. What it
// has done it also prints, for the story that it lives in.

import bolt from '@slack/bolt';

const { PORT, SLACK_API_URL, SLACK_APP_TOKEN, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_USER_TOKEN, REPORTS } = process.env;

const app = new bolt.App({
  token: SLACK_BOT_TOKEN,
  clientOptions: { slackApiUrl: SLACK_API_URL }, // http://127.0.0.1:3999/api/
  ...(SLACK_APP_TOKEN ? { socketMode: true, appToken: SLACK_APP_TOKEN } : { signingSecret: SLACK_SIGNING_SECRET }),
  // An event counts as received once it has been dealt with.
  processBeforeResponse: true,
});

async function post(channel, text) {
  await app.client.chat.postMessage({ channel, text });
  console.log(`${channel} ${text}`);
}

// An event may come twice, and has the same id then.
const greeted = new Set();

app.event('member_joined_channel', async ({ event, body, context }) => {
  if (event.user === context.botUserId) return;
  if (!greeted.has(body.event_id)) await post(event.channel, `Welcome, <@${event.user}>!`);
  greeted.add(body.event_id);
  console.log(`${body.event_id} joined ${event.user}`);
});

app.event('shared_channel_invite_received', async ({ event: { invite, channel } }) => {
  const call = app.client.conversations.acceptSharedInvite({
    invite_id: invite.id,
    channel_name: `${channel.name}-from-${invite.inviting_team.domain}`,
  });
  await call.catch((error) => {
    // It was this app, if the event comes again.
    if (error.data?.error !== 'invite_used') throw error;
  });
  console.log(`accepted ${invite.id}`);
});

app.event('shared_channel_invite_accepted', async ({ event }) => {
  const rest = event.approval_required ? ', to be approved' : '';
  await post(REPORTS, `${event.accepting_user.name} accepted #${event.channel.name}${rest}`);
});

app.event('shared_channel_invite_approved', async ({ event }) => {
  await post(REPORTS, `${event.approving_team_id} approved #${event.channel.name}`);
});

/** Says in the channel what came of a call. */
async function tell(channel, call, said) {
  const text = await call.then(said, (error) => {
    if (!error.data?.error) throw error;
    return `refused: ${error.data.error}`;
  });
  await post(channel, text);
}

app.message(/^invite <@(\w+)>$/, async ({ message: { channel }, context }) => {
  const users = context.matches[1];
  await tell(channel, app.client.conversations.invite({ channel, users }), () => `invited <@${users}>`);
});

// A retired method: this client has no function for it any more, and calls it by name.
app.message(/^invite <@(\w+)> as before$/, async ({ message: { channel }, context }) => {
  const user = context.matches[1];
  const call = app.client.apiCall('channels.invite', { token: SLACK_USER_TOKEN, channel, user });
  await tell(channel, call, () => `invited <@${user}> as before`);
});

app.message(/^share with <mailto:([^|>]+)/, async ({ message: { channel }, context }) => {
  const emails = [context.matches[1]];
  const call = app.client.conversations.inviteShared({ channel, emails, external_limited: false });
  await tell(channel, call, ({ invite_id }) => `shared: ${invite_id}`);
});

const text = (words) => ({ type: 'plain_text', text: words });
const input = (name, block, kind) => ({
  type: 'input', block_id: block, label: text(name), element: { type: kind, action_id: block },
});
const MODAL = {
  type: 'modal',
  callback_id: 'invite',
  title: text('Guests'),
  submit: text('Invite'),
  blocks: [input('Who', 'who', 'users_select'), input('Where', 'where', 'conversations_select')],
};
const OFFER = [{ type: 'actions', elements: [{ type: 'button', action_id: 'add_me', text: text('Add me') }] }];

app.command('/invite-guest', async ({ ack, command, client, say }) => {
  if (command.text === 'offer') {
    await ack();
    const { ts } = await say({ text: 'Who wants to come in?', blocks: OFFER });
    console.log(`offered ${ts}`);
    return;
  }
  const { view } = await client.views.open({ trigger_id: command.trigger_id, view: MODAL });
  await ack('Whom?');
  console.log(`opened ${view.id}`);
});

app.view('invite', async ({ ack, view, client }) => {
  const user = view.state.values.who.who.selected_user;
  const channel = view.state.values.where.where.selected_conversation;
  try {
    await client.conversations.invite({ channel, users: user });
  } catch (error) {
    await ack({ response_action: 'errors', errors: { who: error.data.error } });
    return;
  }
  await ack();
  console.log(`${channel} filled in <@${user}>`);
});

app.action('add_me', async ({ ack, body, client, respond }) => {
  await ack();
  const user = body.user.id;
  await client.conversations.invite({ channel: body.channel.id, users: user });
  await respond({ replace_original: true, text: `<@${user}> is in` });
  console.log(`added <@${user}>`);
});

await app.start(Number(PORT));
console.log('ready');
