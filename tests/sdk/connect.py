"""The story of a connected channel, from both of its sides: `connect.py sync|async URL`.

`node/connect.mjs` is the same story, chapter by chapter. The server has the world of
`connect.yaml`. Each client has channels of its own.
"""

import asyncio
import sys

from slack_sdk.web.async_client import AsyncWebClient

from story import Awaited, refused, same


async def story(kind, url):
    make = {"sync": Awaited, "async": AsyncWebClient}[kind]
    acme, ada, globex, gil = (
        make(base_url=url, token=token) for token in ("xoxb-acme", "xoxp-ada", "xoxb-globex", "xoxp-gil")
    )
    mine, theirs = f"py-{kind}-plans", f"acme-{kind}-plans"

    # A channel is made and offered to the other side's bot, with full rights.
    channel = (await acme.conversations_create(name=mine))["channel"]["id"]
    offer = await acme.conversations_inviteShared(channel=channel, user_ids=["U0GLOBOT"], external_limited=False)
    assert offer["invite_id"].startswith("I"), f"invite_id {offer['invite_id']!r}"
    assert "/share/" in offer["url"] and offer["conf_code"], f"link: {offer.data}"
    again = await acme.conversations_inviteShared(channel=channel, user_ids="U0GLOBOT", external_limited=False)
    same("the same invitation again", again["invite_id"], offer["invite_id"])
    await refused("user_not_found", acme.conversations_inviteShared(channel=channel, user_ids="U0NOBODY"))
    await refused("channel_not_found", globex.conversations_info(channel=channel))

    # It accepts under a name of its own; both sides approve.
    invitation = offer["invite_id"]
    accepted = await globex.conversations_acceptSharedInvite(channel_name=theirs, invite_id=invitation)
    same("accept: channel_id", accepted["channel_id"], channel)
    same("accept: implicit_approval", accepted["implicit_approval"], False)
    same("pending", (await acme.conversations_info(channel=channel))["channel"]["is_pending_ext_shared"], True)
    await refused("missing_target_team", acme.conversations_approveSharedInvite(invite_id=invitation))
    await acme.conversations_approveSharedInvite(invite_id=invitation, target_team="T0GLOBEX")
    await refused("channel_not_found", globex.conversations_info(channel=channel))
    await globex.conversations_approveSharedInvite(invite_id=invitation)

    # Each side has its name for it, and knows the other.
    for client, name, other in ((acme, mine, "T0GLOBEX"), (globex, theirs, "T0ACME")):
        seen = (await client.conversations_info(channel=channel))["channel"]
        same("name", seen["name"], name)
        same("is_ext_shared", seen["is_ext_shared"], True)
        same("connected_team_ids", seen["connected_team_ids"], [other])

    # They talk, and bring further people in.
    await globex.chat_postMessage(channel=channel, text="Hello, Acme")
    await acme.chat_postMessage(channel=channel, text="Hello, Globex")
    said = [m["text"] for m in (await globex.conversations_history(channel=channel))["messages"][:2]]
    same("history", said, ["Hello, Globex", "Hello, Acme"])
    await globex.conversations_invite(channel=channel, users="U0GUS")
    same("a guest's team", (await acme.users_info(user="U0GUS"))["user"]["team_id"], "T0GLOBEX")

    # The host lets the partner do less, and more again.
    change = acme.conversations_externalInvitePermissions_set
    await change(channel=channel, target_team="T0GLOBEX", action="downgrade")
    await refused("no_external_invite_permission", globex.conversations_invite(channel=channel, users="U0GIL"))
    await change(channel=channel, target_team="T0GLOBEX", action="upgrade")
    await globex.conversations_invite(channel=channel, users="U0GIL")

    # The host disconnects; the partner keeps an archived copy under another id.
    await ada.admin_conversations_disconnectShared(channel_id=channel, leaving_team_ids=["T0GLOBEX"])
    await refused("channel_not_found", globex.conversations_history(channel=channel))
    rows = (await globex.conversations_list(types="public_channel", limit=200))["channels"]
    copies = [row["id"] for row in rows if row["name"] == theirs]
    same("copies", len(copies), 1)
    frozen = (await globex.conversations_info(channel=copies[0]))["channel"]
    same("frozen", (frozen["is_archived"], frozen["frozen_reason"]), (True, "connection_severed"))
    kept = [m.get("text") for m in (await globex.conversations_history(channel=copies[0]))["messages"]]
    assert "Hello, Globex" in kept, f"the copy has {kept}"

    # They come together again, by mail and to post only; a person accepts it.
    offer = await acme.conversations_inviteShared(channel=channel, emails="gil@globex.test")
    assert "url" not in offer.data, f"a link for a side that may only post: {offer.data}"
    await refused(
        "email_does_not_match",
        globex.conversations_acceptSharedInvite(channel_name=theirs, invite_id=offer["invite_id"]),
    )
    await gil.conversations_acceptSharedInvite(channel_name=theirs, invite_id=offer["invite_id"])
    await globex.conversations_approveSharedInvite(invite_id=offer["invite_id"])
    await acme.conversations_approveSharedInvite(invite_id=offer["invite_id"], target_team="T0GLOBEX")
    members = (await acme.conversations_members(channel=channel))["members"]
    same("members after all", sorted(members), ["U0GIL", "U0GREET"])


if __name__ == "__main__":
    client, url = sys.argv[1:]
    asyncio.run(story(client, url))
    print(f"slack_sdk, {client}: the story of the connected channel is true")
