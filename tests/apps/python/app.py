"""The greeter, with Bolt for Python: `app.py`, told all by its environment.

`../js/app.mjs` and `../java` are the same app. It greets whoever joins a channel it is in, takes
part where its bot is invited by another organisation, reports how its own invitations fare, and
invites when it is asked to: by a message, by a slash command with a modal, and by a button. What it
has done it also prints, for the story that it lives in.
"""

import os
import re
import signal

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

app = App(
    client=WebClient(
        token=os.environ["SLACK_BOT_TOKEN"],
        base_url=os.environ["SLACK_API_URL"],  # http://127.0.0.1:3999/api/
    ),
    signing_secret=os.environ.get("SLACK_SIGNING_SECRET"),
    # An event counts as received once it has been dealt with.
    process_before_response=True,
)


def done(text):
    print(text, flush=True)


def post(channel, text):
    app.client.chat_postMessage(channel=channel, text=text)
    done(f"{channel} {text}")


# An event may come twice, and has the same id then.
greeted = set()


@app.event("member_joined_channel")
def greet(event, body, context):
    if event["user"] == context.bot_user_id:
        return
    if body["event_id"] not in greeted:
        post(event["channel"], f"Welcome, <@{event['user']}>!")
    greeted.add(body["event_id"])
    done(f"{body['event_id']} joined {event['user']}")


@app.event("shared_channel_invite_received")
def accept(event):
    invite = event["invite"]
    name = f"{event['channel']['name']}-from-{invite['inviting_team']['domain']}"
    try:
        app.client.conversations_acceptSharedInvite(invite_id=invite["id"], channel_name=name)
    except SlackApiError as error:
        # It was this app, if the event comes again.
        if error.response["error"] != "invite_used":
            raise
    done(f"accepted {invite['id']}")


@app.event("shared_channel_invite_accepted")
def report_acceptance(event):
    rest = ", to be approved" if event["approval_required"] else ""
    post(os.environ["REPORTS"], f"{event['accepting_user']['name']} accepted #{event['channel']['name']}{rest}")


@app.event("shared_channel_invite_approved")
def report_approval(event):
    post(os.environ["REPORTS"], f"{event['approving_team_id']} approved #{event['channel']['name']}")


def tell(channel, call, said):
    """Says in the channel what came of a call."""
    try:
        text = said(call())
    except SlackApiError as error:
        text = f"refused: {error.response['error']}"
    post(channel, text)


@app.message(re.compile(r"^invite <@(\w+)>$"))
def invite(message, context):
    channel, user = message["channel"], context["matches"][0]
    tell(
        channel,
        lambda: app.client.conversations_invite(channel=channel, users=user),
        lambda _: f"invited <@{user}>",
    )


@app.message(re.compile(r"^invite <@(\w+)> as before$"))
def invite_as_before(message, context):
    channel, user = message["channel"], context["matches"][0]
    token = os.environ["SLACK_USER_TOKEN"]
    tell(
        channel,
        lambda: app.client.channels_invite(token=token, channel=channel, user=user),
        lambda _: f"invited <@{user}> as before",
    )


@app.message(re.compile(r"^share with <mailto:([^|>]+)"))
def share(message, context):
    channel, email = message["channel"], context["matches"][0]
    tell(
        channel,
        lambda: app.client.conversations_inviteShared(channel=channel, emails=[email], external_limited=False),
        lambda answer: f"shared: {answer['invite_id']}",
    )


def text(words):
    return {"type": "plain_text", "text": words}


def element(name, block, kind):
    label = text(name)
    return {"type": "input", "block_id": block, "label": label, "element": {"type": kind, "action_id": block}}


MODAL = {
    "type": "modal",
    "callback_id": "invite",
    "title": text("Guests"),
    "submit": text("Invite"),
    "blocks": [element("Who", "who", "users_select"), element("Where", "where", "conversations_select")],
}
OFFER = [{"type": "actions", "elements": [{"type": "button", "action_id": "add_me", "text": text("Add me")}]}]


@app.command("/invite-guest")
def ask_whom(ack, command, client, say):
    if command["text"] == "offer":
        ack()
        offered = say(text="Who wants to come in?", blocks=OFFER)
        done(f"offered {offered['ts']}")
        return
    opened = client.views_open(trigger_id=command["trigger_id"], view=MODAL)
    ack("Whom?")
    done(f"opened {opened['view']['id']}")


@app.view("invite")
def invite_as_told(ack, view, client):
    values = view["state"]["values"]
    user = values["who"]["who"]["selected_user"]
    channel = values["where"]["where"]["selected_conversation"]
    try:
        client.conversations_invite(channel=channel, users=user)
    except SlackApiError as error:
        ack(response_action="errors", errors={"who": error.response["error"]})
        return
    ack()
    done(f"{channel} filled in <@{user}>")


@app.action("add_me")
def add(ack, body, client, respond):
    ack()
    user = body["user"]["id"]
    client.conversations_invite(channel=body["channel"]["id"], users=user)
    respond(replace_original=True, text=f"<@{user}> is in")
    done(f"added <@{user}>")


@app.event("message")
def hear():
    """Whatever else is said: an event that nobody handles is answered 404, and comes again."""


if __name__ == "__main__":
    if "SLACK_APP_TOKEN" in os.environ:
        # Four pings without a pong, and it connects again; Bolt's usual is one every ten seconds.
        SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"], ping_interval=1).connect()
        done("ready")
        signal.pause()
    else:
        done("ready")
        app.start(port=int(os.environ["PORT"]))
