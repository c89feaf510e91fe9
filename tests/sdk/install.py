"""An app is installed with slack_sdk's own parts for it: `install.py FACTS`.

`node/install.mjs` does the same with @slack/oauth. The person is played over HTTP: the page has no
scripts, so a form is all there is to it.
"""

import json
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from time import time

from slack_bolt import App, BoltContext
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth import AuthorizeUrlGenerator
from slack_sdk.oauth.installation_store import FileInstallationStore, Installation
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.oauth.token_rotation import TokenRotator


class Form(HTMLParser):
    """The fields of the form that is posted, and the people to choose from."""

    def __init__(self):
        super().__init__()
        self.fields, self.people, self.inside = {}, [], False

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.inside = given.get("method") == "post"
        elif self.inside and tag == "input":
            self.fields[given["name"]] = given["value"]
        elif self.inside and tag == "option":
            self.people.append(given["value"])


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def answer(link, user, decision):
    """Opens the page, answers for a person, and returns what the app is sent."""
    form = Form()
    with urllib.request.urlopen(link) as page:
        form.feed(page.read().decode())
    assert user in form.people, f"{user} is not among {form.people[:5]}…"
    fields = {**form.fields, "user": user, "decision": decision}
    action = urllib.parse.urljoin(link, "/oauth/v2/authorize")
    try:
        urllib.request.build_opener(Stay).open(action, urllib.parse.urlencode(fields).encode())
    except urllib.error.HTTPError as sent:
        assert sent.code == 302, f"{sent.code} {sent.read()!r}"
        url = urllib.parse.urlsplit(sent.headers["Location"])
        return f"{url.scheme}://{url.netloc}{url.path}", dict(urllib.parse.parse_qsl(url.query))
    raise AssertionError("the form led nowhere")


def refused(wanted, call, **arguments):
    try:
        given = call(**arguments)
    except SlackApiError as error:
        assert error.response["error"] == wanted, f"refused with {error.response.data}, not with {wanted}"
        return
    raise AssertionError(f"answered {given.data} instead of refusing with {wanted}")


def installation(granted, client):
    """As Bolt for Python makes it."""
    bot = client(granted["access_token"]).auth_test()
    person = granted["authed_user"]
    until = lambda part: int(time()) + part["expires_in"] if "expires_in" in part else None
    return Installation(
        app_id=granted["app_id"],
        team_id=granted["team"]["id"],
        team_name=granted["team"]["name"],
        enterprise_id=(granted["enterprise"] or {}).get("id"),
        is_enterprise_install=granted["is_enterprise_install"],
        bot_token=granted["access_token"],
        bot_id=bot["bot_id"],
        bot_user_id=granted["bot_user_id"],
        bot_scopes=granted["scope"],
        bot_refresh_token=granted.get("refresh_token"),
        bot_token_expires_at=until(granted),
        user_id=person["id"],
        user_token=person["access_token"],
        user_scopes=person["scope"],
        user_refresh_token=person.get("refresh_token"),
        user_token_expires_at=until(person),
    )


def install(facts, app, states, user):
    """From the link to what was granted."""
    client = lambda token=None: WebClient(token, base_url=facts["url"])
    link = AuthorizeUrlGenerator(
        client_id=app["client_id"],
        scopes=["channels:join", "chat:write"],
        user_scopes=["channels:read"],
        redirect_uri=facts["redirect_uri"],
        authorization_url=urllib.parse.urljoin(facts["url"], "/oauth/v2/authorize"),
    )
    _, sent = answer(link.generate(states.issue()), user, "cancel")
    assert sent["error"] == "access_denied" and states.consume(sent["state"]), sent

    state = states.issue()
    where, sent = answer(link.generate(state), user, "allow")
    assert where == facts["redirect_uri"], where
    assert sent["state"] == state and states.consume(state)
    shown = {"client_id": app["client_id"], "redirect_uri": facts["redirect_uri"], "code": sent["code"]}
    refused("bad_client_secret", client().oauth_v2_access, client_secret="wrong", **shown)
    granted = client().oauth_v2_access(client_secret=app["client_secret"], **shown)
    assert granted["authed_user"]["id"] == user
    refused("invalid_code", client().oauth_v2_access, client_secret=app["client_secret"], **shown)
    return granted, client


def story(facts):
    folder = tempfile.mkdtemp(prefix="install-", dir=facts["scratch"])
    states = FileOAuthStateStore(expiration_seconds=600, base_dir=folder)
    plain, rotating = facts["apps"]
    user = facts["owner"]

    # Tokens that live for ever, kept and found again.
    granted, client = install(facts, plain, states, user)
    kept = FileInstallationStore(base_dir=folder, client_id=plain["client_id"])
    kept.save(installation(granted, client))
    bot = kept.find_bot(enterprise_id=None, team_id=granted["team"]["id"])
    me = client(bot.bot_token).auth_test()
    assert me["user_id"] == granted["bot_user_id"] and me["bot_id"] == bot.bot_id
    client(bot.bot_token).conversations_join(channel=facts["general"])
    client(bot.bot_token).chat_postMessage(channel=facts["general"], text="Good morning")
    person = client(granted["authed_user"]["access_token"])
    assert person.auth_test()["user_id"] == user

    # Tokens that are renewed.
    granted, client = install(facts, rotating, states, user)
    old = installation(granted, client)
    secrets = {name: rotating[name] for name in ("client_id", "client_secret")}
    rotator = TokenRotator(client=client(), **secrets)
    assert rotator.perform_token_rotation(installation=old) is None, "renewed too early"
    new = rotator.perform_token_rotation(installation=old, minutes_before_expiration=13 * 60)
    assert new.bot_token != old.bot_token and new.user_token != old.user_token
    assert client(new.bot_token).auth_test()["user_id"] == old.bot_user_id
    newest = rotator.perform_token_rotation(installation=new, minutes_before_expiration=13 * 60)
    refused("token_revoked", client(old.bot_token).auth_test)
    client(newest.bot_token).auth_test()

    # Bolt renews what it finds, once the client of its rotator is pointed here as docs/clients.md says.
    stored = FileInstallationStore(base_dir=folder, client_id=rotating["client_id"])
    stored.save(newest)
    settings = OAuthSettings(
        **secrets,
        state_store=states,
        installation_store=stored,
        authorization_url=urllib.parse.urljoin(facts["url"], "/oauth/v2/authorize"),
        token_rotation_expiration_minutes=721,
    )
    app = App(client=client(), signing_secret="unused", oauth_settings=settings)
    app.oauth_flow.settings.authorize.token_rotator.client = app.client
    found = app.oauth_flow.settings.authorize(
        context=BoltContext(client=app.client), enterprise_id=newest.enterprise_id, team_id=newest.team_id, user_id=newest.user_id
    )
    assert found.bot_token != newest.bot_token, "Bolt renewed nothing"
    refused("token_revoked", client(new.bot_token).auth_test)
    newest = stored.find_installation(enterprise_id=newest.enterprise_id, team_id=newest.team_id)
    assert newest.bot_token == found.bot_token

    # The way back.
    client(newest.bot_token).apps_uninstall(**secrets)
    for token in (newest.bot_token, newest.user_token):
        refused("token_revoked", client(token).auth_test)
    assert person.auth_revoke()["revoked"]
    refused("token_revoked", person.auth_test)
    client(bot.bot_token).auth_test()


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        story(json.load(file))
    print("slack_sdk: installed, renewed, uninstalled")
