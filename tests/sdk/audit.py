"""What was done is read back from the audit logs: `audit.py sync|async URL`.

The server has the world of `connect.yaml`, whose Ada owns an organisation. Each client has channels of its own.
"""

import asyncio
import io
import sys
from contextlib import redirect_stdout
from pathlib import Path
from urllib.parse import urljoin

from slack_sdk.audit_logs import AuditLogsClient
from slack_sdk.audit_logs.v1.async_client import AsyncAuditLogsClient
from slack_sdk.web.async_client import AsyncWebClient

from story import Awaited, same


class AwaitedLogs:
    """A synchronous client of the logs whose methods can be awaited."""

    def __init__(self, **settings):
        self._client = AuditLogsClient(**settings)

    def __getattr__(self, name):
        method = getattr(self._client, name)

        async def call(**arguments):
            return method(**arguments)

        return call


async def story(kind, url):
    web, logs = {"sync": (Awaited, AwaitedLogs), "async": (AsyncWebClient, AsyncAuditLogsClient)}[kind]
    base = urljoin(url, "/audit/v1/")
    bot = web(base_url=url, token="xoxb-acme")
    ada, gil = (logs(base_url=base, token=token) for token in ("xoxp-ada", "xoxp-gil"))

    # A bot makes a channel and invites Ada, who is told so.
    channel = (await bot.conversations_create(name=f"audit-{kind}"))["channel"]["id"]
    await bot.conversations_invite(channel=channel, users="U0ADA")
    answer = await ada.logs(action="user_channel_join", entity=channel, actor="U0ADA")
    same("status", answer.status_code, 200)
    [entry] = answer.typed_body.entries
    same("actor", (entry.actor.type, entry.actor.user.id, entry.actor.user.email), ("user", "U0ADA", "ada@acme.test"))
    same("entity", (entry.entity.type, entry.entity.channel.name), ("channel", f"audit-{kind}"))
    same("inviter", entry.details.inviter.id, "U0GREET")
    same("location", (entry.context.location.type, entry.context.location.id), ("workspace", "T0ACME"))
    same("app", entry.context.app.id, "A0GREET")

    # Page by page, newest first, every entry once.
    whole = (await ada.logs(limit=9999)).typed_body
    same("the last page", whole.response_metadata.next_cursor, "")
    ids, cursor = [], None
    while cursor != "":
        page = (await ada.logs(limit=3, cursor=cursor)).typed_body
        ids += [one.id for one in page.entries]
        cursor = page.response_metadata.next_cursor
    same("pages", ids, [one.id for one in whole.entries])
    same("each once", len(set(ids)), len(ids))
    dates = [one.date_create for one in whole.entries]
    same("newest first", dates, sorted(dates, reverse=True))
    same("latest", (await ada.logs(latest=dates[-1] - 1)).typed_body.entries, [])

    # Every action that there was is one of those that there can be.
    actions = (await ada.actions()).body["actions"]
    known = {name for names in actions.values() for name in names}
    assert {one.action for one in whole.entries} <= known, f"{known}"
    assert (await ada.schemas()).body["schemas"], "no schemas"

    # Who owns no organisation is refused, and a bad question is.
    refused = await gil.logs()
    same("a workspace of its own", (refused.status_code, refused.body["error"]), (403, "not_an_enterprise"))
    refused = await ada.logs(limit=10000)
    same("too many", (refused.status_code, refused.body["error"]), (400, "invalid_arguments"))


def documented(url):
    """What the example of docs/audit.md prints, run with this server."""
    page = (Path(__file__).parents[2] / "docs/audit.md").read_text()
    example = page.split("```python\n")[1].split("```")[0]
    example = example.replace("http://127.0.0.1:3999/", urljoin(url, "/"))
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(example, "docs/audit.md", "exec"), {})
    return printed.getvalue().splitlines()


if __name__ == "__main__":
    client, url = sys.argv[1:]
    asyncio.run(story(client, url))
    assert f"ada is in audit-{client}" in documented(url), "the example of docs/audit.md"
    print(f"slack_sdk, {client}: the audit logs tell what was done")
