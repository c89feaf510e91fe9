"""An admin decides whom members asked for: `invite_requests.py sync|async URL`.

`node/invite_requests.mjs` is the same story, chapter by chapter. The server has the world of
`invite_requests.yaml`. Each client has requests of its own.
"""

import asyncio
import sys

from slack_sdk.web.async_client import AsyncWebClient

from story import Awaited, refused, same

TEAM = "T0ACME"


async def story(kind, url):
    make = {"sync": Awaited, "async": AsyncWebClient}[kind]
    ada, ben = (make(base_url=url, token=token) for token in ("xoxp-ada", "xoxp-ben"))
    first, second = (f"Ir0{kind.upper()}{number}" for number in (1, 2))

    # Page by page every request is listed once; whoever is no admin is told nothing.
    await refused("not_an_admin", ben.admin_inviteRequests_list(team_id=TEAM))
    found, cursor = {}, None
    while cursor != "":
        page = await ada.admin_inviteRequests_list(team_id=TEAM, limit=1, cursor=cursor)
        found |= {one["id"]: one for one in page["invite_requests"]}
        cursor = page["response_metadata"]["next_cursor"]
    one = found[first]
    same("email", one["email"], f"{kind}@email.test")
    same("requester_ids", one["requester_ids"], ["U0BEN"])
    same("channel_ids", one["channel_ids"], ["C0OPS"])
    same("invite_type", one["invite_type"], "full_member")
    same("request_reason", one["request_reason"], "Helps us")
    same("what is not known", (found[second]["real_name"], found[second]["date_expire"]), (None, None))

    # One is approved, once: an invitation is on its way.
    await ada.admin_inviteRequests_approve(invite_request_id=first, team_id=TEAM)
    await refused("already_processed", ada.admin_inviteRequests_approve(invite_request_id=first, team_id=TEAM))
    await refused("already_processed", ada.admin_inviteRequests_deny(invite_request_id=first, team_id=TEAM))
    approved = (await ada.admin_inviteRequests_approved_list(team_id=TEAM))["approved_requests"]
    [row] = [row for row in approved if row["invite_request"]["id"] == first]
    same("approved_by", row["approved_by"], {"actor_id": "U0ADA", "actor_type": "user"})
    same("inviter_id", row["invite"]["inviter_id"], "U0BEN")
    await refused(
        "already_in_team_invited_user",
        ada.admin_users_invite(team_id=TEAM, email=f"{kind}@email.test", channel_ids="C0OPS"),
    )

    # The other is denied.
    await ada.admin_inviteRequests_deny(invite_request_id=second, team_id=TEAM)
    denied = (await ada.admin_inviteRequests_denied_list(team_id=TEAM))["denied_requests"]
    [row] = [row for row in denied if row["invite_request"]["id"] == second]
    same("denied_by", row["denied_by"]["actor_id"], "U0ADA")
    await refused("invalid_request", ada.admin_inviteRequests_deny(invite_request_id="Ir0NONE", team_id=TEAM))


if __name__ == "__main__":
    client, url = sys.argv[1:]
    asyncio.run(story(client, url))
    print(f"slack_sdk, {client}: the story of requests to invite people is true")
