"""The story that every official client lives through: `story.py sync|async FACTS`.

`node/story.mjs` is the same story, chapter by chapter. FACTS is a JSON file with the address of
the server, the tokens, and the ids of its world. Each client has channels of its own.
"""

import asyncio
import json
import sys

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient


class Awaited:
    """A synchronous client whose methods can be awaited, so that both kinds share one story."""

    def __init__(self, **settings):
        self._client = WebClient(**settings)

    def __getattr__(self, name):
        method = getattr(self._client, name)

        async def call(**arguments):
            return method(**arguments)

        return call


async def pages(first):
    """The pages of a list as the SDK itself turns them: a response iterates over all that follow."""
    if hasattr(first, "__aiter__"):
        async for page in first:
            yield page
    else:
        for page in first:
            yield page


async def gather(first, key):
    """The ids on all pages; fails when one of them comes twice."""
    ids, count = [], 0
    async for page in pages(first):
        count += 1
        ids += [item if isinstance(item, str) else item["id"] for item in page[key]]
    assert len(ids) == len(set(ids)), f"{len(ids) - len(set(ids))} of {len(ids)} {key} came twice"
    return set(ids), count


async def refused(code, call):
    """Awaits a call that has to be refused with this code, and returns the refusal."""
    try:
        answer = await call
    except SlackApiError as error:
        assert error.response["error"] == code, f"refused with {error.response.data}, not with {code}"
        return error.response
    raise AssertionError(f"answered {answer.data} instead of refusing with {code}")


def same(what, got, wanted):
    assert got == wanted, f"{what}: {got!r}, not {wanted!r}"


async def story(kind, facts):
    make = {"sync": Awaited, "async": AsyncWebClient}[kind]
    bot, owner, narrow = (
        make(base_url=facts["url"], token=facts[who + "_token"]) for who in ("bot", "owner", "narrow")
    )
    people = facts["people"]
    stranger = "U0NOBODY99"

    # Who am I?
    me = await bot.auth_test()
    same("auth.test: user_id", me["user_id"], facts["bot"])
    assert me["bot_id"].startswith("B"), f"auth.test: bot_id {me['bot_id']!r}"

    # A channel is made, with its maker in it.
    made = (await bot.conversations_create(name=f"py-{kind}-story"))["channel"]
    channel = made["id"]
    same("create: name", made["name"], f"py-{kind}-story")
    same("create: is_member", made["is_member"], True)
    same("create: creator", made["creator"], facts["bot"])

    async def members(limit=1000):
        return await gather(await bot.conversations_members(channel=channel, limit=limit), "members")

    # One person is invited, then twenty in one call.
    answer = await bot.conversations_invite(channel=channel, users=people[0])
    same("invite one: channel", answer["channel"]["id"], channel)
    same("invite one: is_member", answer["channel"]["is_member"], True)
    answer = await bot.conversations_invite(channel=channel, users=people[1:21])
    same("invite twenty: channel", answer["channel"]["id"], channel)
    inside = {facts["bot"], *people[:21]}
    same("members after both", (await members())[0], inside)

    # One bad id keeps everybody out.
    some = [people[21], stranger, people[22]]
    answer = await refused("user_not_found", bot.conversations_invite(channel=channel, users=some))
    bad = [{"user": stranger, "ok": False, "error": "user_not_found"}]
    same("one bad id: errors", answer["errors"], bad)
    same("members after one bad id", (await members())[0], inside)

    # With force it keeps out only itself.
    answer = await bot.conversations_invite(channel=channel, users=some, force=True)
    same("force: channel", answer["channel"]["id"], channel)
    same("force: errors", answer["errors"], bad)
    inside |= {people[21], people[22]}
    same("members after force", (await members())[0], inside)

    # Refusals.
    await refused("already_in_channel", bot.conversations_invite(channel=channel, users=people[0]))
    await refused("cant_invite_self", bot.conversations_invite(channel=channel, users=facts["bot"]))
    await refused("no_user", bot.conversations_invite(channel=channel, users=""))
    await refused("channel_not_found", bot.conversations_invite(channel="C0NOWHERE9", users=people[0]))
    await refused("not_in_channel", owner.conversations_invite(channel=channel, users=people[23]))

    # The owner, once invited, invites in turn.
    await bot.conversations_invite(channel=channel, users=facts["owner"])
    await owner.conversations_invite(channel=channel, users=people[23])
    inside |= {facts["owner"], people[23]}

    # Pages of seven: everybody once.
    found, count = await members(limit=7)
    same("members in pages of seven", found, inside)
    assert count >= len(inside) / 7, f"{len(inside)} members came in {count} pages of at most 7"

    # A thousand people in pages. Slackbot, who is nobody's guest, may be among them.
    found, count = await gather(await bot.users_list(limit=200), "members")
    everyone = {facts["bot"], facts["owner"], *people}
    same("users missing from users.list", everyone - found, set())
    same("users only in users.list", found - everyone - {"USLACKBOT"}, set())
    assert count >= len(everyone) / 200, f"{len(everyone)} users came in {count} pages of at most 200"

    # A token that may only look at people.
    answer = await refused("missing_scope", narrow.conversations_invite(channel=channel, users=people[24]))
    same("missing_scope: provided", answer["provided"], "users:read")
    assert answer["needed"] and "users:read" not in answer["needed"], f"needed: {answer['needed']!r}"

    # Those invited are greeted.
    text = f"Welcome, <@{people[0]}>!"
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
    answer = await bot.chat_postMessage(channel=channel, text=text, blocks=blocks)
    same("greeting: channel", answer["channel"], channel)
    same("greeting: text", answer["message"]["text"], text)
    ts = answer["ts"]

    # What is remembered: each joined once, through whom, and then came the greeting.
    messages = (await bot.conversations_history(channel=channel, limit=200))["messages"]
    joins = [m for m in messages if m.get("subtype") == "channel_join" and m["user"] != facts["bot"]]
    same("who joined", sorted(m["user"] for m in joins), sorted(inside - {facts["bot"]}))
    for message in joins:
        inviter = facts["owner"] if message["user"] == people[23] else facts["bot"]
        same(f"inviter of {message['user']}", message.get("inviter"), inviter)
    same("newest message: ts", messages[0]["ts"], ts)
    same("newest message: text", messages[0]["text"], text)
    same("newest message: block text", messages[0]["blocks"][0]["text"]["text"], text)


if __name__ == "__main__":
    client, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        asyncio.run(story(client, json.load(file)))
    print(f"slack_sdk, {client}: the whole story is true")
