"""`auctiond carrier check` against a carrier that answers over HTTP, for each of the three."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import trio
from click.testing import CliRunner

from auctiond.cli import main
from auctiond.sandbox.carrier import CarrierOptions, open_sandbox_carrier
from tests.whole.stage import client

HERE = "https://calls.example.com"
KEYS = {"telnyx": "KEY0123456789abcdef0123456789", "twilio": "0" * 32, "jambonz": "a-key"}


@pytest.fixture(params=sorted(KEYS))
async def carrier(request):
    """A carrier whose account is set up for a server at HERE."""
    name = request.param
    retry = "" if name == "telnyx" else "#rc=5&rp=ct,rt,5xx"
    options = CarrierOptions(f"{HERE}/hooks/{name}{retry}", name, api_key=KEYS[name])
    async with open_sandbox_carrier(options) as opened:
        yield opened


async def check(carrier, tmp_path, **changed):
    """Return the exit code, and what is said of the carrier's account in one line."""
    path = tmp_path / "auctiond.toml"
    lines = carrier.settings | changed
    path.write_text("".join(f'{key} = "{value}"\n' for key, value in lines.items()))
    command = ["carrier", "check", carrier.exchange.options.protocol, "--config", str(path)]
    # The address of this server is left out: it is a matter of test_carrier.py.
    result = await trio.to_thread.run_sync(partial(CliRunner().invoke, main, command))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, " ".join(result.output.split())


async def account(carrier, **changes):
    async with client(carrier.base_url) as people:
        reply = await people.put("/sandbox/account", json=changes)
        assert reply.status_code == 200, reply.text


async def bin_of(carrier):
    async with client(carrier.base_url) as people:
        return (await people.put("/sandbox/twiml", json={"twiml": "<Response/>"})).json()["url"]


async def test_an_account_is_looked_at_over_http(carrier, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("auctiond.carrier_audit._address", lambda settings, client: iter(()))
    public, name = {"public_url": HERE}, carrier.exchange.options.protocol
    code, said = await check(carrier, tmp_path, **public)
    assert code == 0, said
    assert "WRONG" not in said
    assert "1 number brings calls here" in said
    assert ("advice" in said) is (name == "twilio")  # It has no other place to ask.

    key = {"twilio": "twilio_auth_token"}.get(name, f"{name}_api_key")
    code, said = await check(carrier, tmp_path, **public, **{key: KEYS[name][:-1] + "1"})
    assert (code, "refuses our key (401)" in said) == (1, True), said

    for changes, words in WRONG[name]:
        before = carrier.exchange.account
        kept = (dict(before.application), dict(before.number), before.money)
        await account(carrier, **changes)
        code, said = await check(carrier, tmp_path, **public)
        assert (code, words in said) == (1, True), (words, said)
        before.application, before.number, before.money = kept

    if name == "twilio":
        await account(carrier, number={"voice_fallback_url": await bin_of(carrier)})
        code, said = await check(carrier, tmp_path, **public)
        assert "outlive a restart" in said
        await account(carrier, number={"voice_fallback_url": f"{HERE}/hooks/twilio"})
        code, said = await check(carrier, tmp_path, **public)
        assert "calls end when this server restarts" in said  # It would ask the same server.
    if name == "jambonz":
        plain = replace(carrier.exchange.options, hooks=f"{HERE}/hooks/jambonz")
        await account(carrier, application={"call_hook": {"url": plain.hooks, "method": "POST"}})
        code, said = await check(carrier, tmp_path, **public)
        assert (code, "is lost" in said) == (0, True)


WRONG = {
    "telnyx": [
        ({"application": {"webhook_event_url": "https://x.example"}}, "URL is https://x.example"),
        ({"application": {"webhook_api_version": "1"}}, "webhooks are of API v1"),
        ({"application": {"active": False}}, "the application is not active"),
        ({"number": {"connection_id": "1"}}, "brings calls elsewhere: +15558000000"),
        ({"money": "-1.50"}, "the account has -1.50 USD"),
    ],
    "twilio": [
        ({"number": {"voice_url": "https://x.example"}}, "brings calls elsewhere: +15558000000"),
        ({"number": {"voice_method": "GET"}}, "comes with GET"),
        ({"number": {"status_callback": ""}}, "does not tell when a caller hangs up"),
        ({"application": {"status": "suspended"}}, "it is suspended"),
        ({"application": {"type": "Trial"}}, "it is a trial"),
        ({"money": "0"}, "the account has 0.00 USD"),
    ],
    "jambonz": [
        ({"application": {"call_hook": {"url": "", "method": "POST"}}}, "webhook is empty"),
        ({"application": {"call_status_hook": None}}, "status webhook is empty"),
        ({"number": {"application_sid": "x"}}, "brings calls elsewhere: 15558000000"),
    ],
}
