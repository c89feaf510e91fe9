"""Invitations with slack_sdk alone: `invite.py CHANNEL USER EMAIL`."""

import os
import sys

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

channel, user, email = sys.argv[1:]

client = WebClient(
    token=os.environ["SLACK_BOT_TOKEN"],
    base_url=os.environ["SLACK_API_URL"],  # http://127.0.0.1:3999/api/
)

invited = client.conversations_invite(channel=channel, users=[user])
print("invited to", invited["channel"]["id"])

try:
    client.conversations_invite(channel=channel, users=[user])
except SlackApiError as error:
    print("refused:", error.response["error"])

shared = client.conversations_inviteShared(channel=channel, emails=[email], external_limited=False)
print("shared:", shared["invite_id"])
