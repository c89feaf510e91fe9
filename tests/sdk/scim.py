"""An identity provider makes an account, and an app invites whoever has it: `scim.py sync|async ADDRESS`.

The server has the world of `scim.yaml`. SCIM is spoken by `slack_sdk.scim`, which knows version 1.
"""

import asyncio
import inspect
import sys

from slack_sdk.scim import SCIMClient
from slack_sdk.scim.async_client import AsyncSCIMClient
from slack_sdk.scim.v1.group import Group, GroupMember
from slack_sdk.scim.v1.user import User, UserEmail, UserName
from slack_sdk.web.async_client import AsyncWebClient

from story import Awaited, refused, same


async def of(answer):
    """What either client answers."""
    return await answer if inspect.isawaitable(answer) else answer


def failed(answer, status, code):
    """An answer that has to be a refusal with this status and code."""
    same("status", answer.status_code, status)
    same("errors", answer.errors.to_dict(), {"code": status, "description": code})


async def story(kind, address):
    make = {"sync": SCIMClient, "async": AsyncSCIMClient}[kind]
    scim = make(token="xoxp-ada", base_url=f"{address}/scim/v1/")
    web = {"sync": Awaited, "async": AsyncWebClient}[kind](base_url=f"{address}/api/", token="xoxb-acme")
    name, email = f"nia.{kind}", f"nia.{kind}@acme.test"

    # An account is made, once.
    nia = User(
        user_name=name,
        name=UserName(given_name="Nia", family_name="Oak"),
        emails=[UserEmail(value=email, type="work", primary=True)],
        title="Engineer",
        external_id=f"00u-{kind}",
    )
    made = await of(scim.create_user(nia))
    same("created", made.status_code, 201)
    user = made.user.id
    failed(await of(scim.create_user(nia)), 409, "username_taken")
    other = User(user_name=f"other.{kind}", emails=[UserEmail(value=email)])
    failed(await of(scim.create_user(other)), 409, "email_taken")

    # It is found, and the Web API knows it.
    found = await of(scim.search_users(start_index=1, count=10, filter=f'email Eq "{email}"'))
    same("found", [one.id for one in found.users], [user])
    seen = (await web.users_info(user=user))["user"]
    same("users.info", (seen["name"], seen["real_name"], seen["profile"]["title"]), (name, "Nia Oak", "Engineer"))
    same("by its address", (await web.users_lookupByEmail(email=email))["user"]["id"], user)

    # Something is another about it; the rest stays.
    changed = await of(scim.patch_user(user, User(title="Lead", display_name="Nia")))
    same("patched", (changed.user.title, changed.user.display_name, changed.user.user_name), ("Lead", "Nia", name))
    read = (await of(scim.read_user(user))).user
    same("read", (read.title, read.external_id, read.name.family_name), ("Lead", f"00u-{kind}", "Oak"))
    read.title = "Boss"
    same("updated", (await of(scim.update_user(read))).user.title, "Boss")
    same("users.info", (await web.users_info(user=user))["user"]["profile"]["title"], "Boss")

    # Whoever has it is invited, and is in a group.
    await web.conversations_invite(channel="C0WELCOME", users=user)
    assert user in (await web.conversations_members(channel="C0WELCOME"))["members"], "not in the channel"
    crew = await of(scim.create_group(Group(display_name=f"Crew {kind}", members=[GroupMember(value=user)])))
    same("group created", crew.status_code, 201)
    group = crew.group.id
    same("in the group", (await web.usergroups_users_list(usergroup=group))["users"], [user])
    body = {"members": [{"value": "U0BEN"}, {"value": user, "operation": "delete"}]}
    same("group patched", (await of(scim.patch_group(group, body))).status_code, 200)
    same("in the group", (await web.usergroups_users_list(usergroup=group))["users"], ["U0BEN"])
    groups = await of(scim.search_groups(start_index=1, count=10, filter=f'displayName eq "Crew {kind}"'))
    same("groups", [one.id for one in groups.groups], [group])
    same("group deleted", (await of(scim.delete_group(group))).status_code, 204)
    failed(await of(scim.read_group(group)), 404, "no_such_group")

    # It is deactivated: nobody invites them, until they are back.
    same("deleted", (await of(scim.delete_user(user))).status_code, 204)
    same("active", (await of(scim.read_user(user))).user.active, False)
    assert (await web.users_info(user=user))["user"]["deleted"], "not deactivated"
    await refused("user_not_found", web.conversations_invite(channel="C0WELCOME", users=user))
    same("back", (await of(scim.patch_user(user, User(active=True)))).user.active, True)
    await web.conversations_invite(channel="C0WELCOME", users=user)

    failed(await of(scim.delete_user("U0NOBODY")), 404, "no_such_user")
    stranger = make(token="xoxb-acme", base_url=f"{address}/scim/v1/")
    failed(await of(stranger.read_user(user)), 403, "permission_denied")


if __name__ == "__main__":
    client, address = sys.argv[1:]
    asyncio.run(story(client, address))
    print(f"slack_sdk.scim, {client}: the story of SCIM is true")
