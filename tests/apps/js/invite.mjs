// Invitations with @slack/web-api alone: `invite.mjs CHANNEL USER EMAIL`.

import { ErrorCode, WebClient } from '@slack/web-api';

const [channel, user, email] = process.argv.slice(2);

const client = new WebClient(process.env.SLACK_BOT_TOKEN, {
  slackApiUrl: process.env.SLACK_API_URL, // http://127.0.0.1:3999/api/
});

const invited = await client.conversations.invite({ channel, users: user });
console.log(`invited to ${invited.channel.id}`);

try {
  await client.conversations.invite({ channel, users: user });
} catch (error) {
  if (error.code !== ErrorCode.PlatformError) throw error;
  console.log(`refused: ${error.data.error}`);
}

const shared = await client.conversations.inviteShared({ channel, emails: [email], external_limited: false });
console.log(`shared: ${shared.invite_id}`);
