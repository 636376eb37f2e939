"""What has to be right in a jambonz account. Pure.

https://docs.jambonz.org/reference/rest-platform-management
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from market.http import HttpReply, HttpRequest
from telephony._audit import Finding, Probe, key_refused, numbers, same
from telephony._jambonz_commands import JambonzOptions, headers
from telephony._marks import RETRY

WHERE = "portal, Applications, your application"


def probes(options: JambonzOptions) -> tuple[Probe, ...]:
    """Return what to ask jambonz: about the application, and which numbers belong to it."""
    application = f"{options.api_url}/Applications/{options.application_sid}"
    phones = f"{options.api_url}/PhoneNumbers"

    def of_application(reply: HttpReply) -> Sequence[Finding]:
        return _application(reply, options.hooks.hook_url)

    def of_numbers(reply: HttpReply) -> Sequence[Finding]:
        return _numbers(reply, options.application_sid)

    return (
        Probe("the application", HttpRequest("GET", application, headers(options)), of_application),
        Probe("the numbers", HttpRequest("GET", phones, headers(options)), of_numbers),
    )


def _application(reply: HttpReply, hook_url: str) -> list[Finding]:
    if refused := key_refused(reply, "jambonz_api_key and jambonz_application_sid"):
        return refused
    told = _parsed(reply.body)
    app = told if isinstance(told, dict) else {}
    return [
        _hook("the calling webhook", app.get("call_hook"), hook_url),
        _hook("the call status webhook", app.get("call_status_hook"), f"{hook_url}?k=status"),
    ]


def _hook(what: str, hook: object, wanted: str) -> Finding:
    told = hook if isinstance(hook, dict) else {}
    found = same(what, told.get("url"), wanted, WHERE)
    if found.good and str(told.get("method", "POST")).upper() != "POST":
        return Finding(False, f"{what} comes with GET", f"make it POST: {WHERE}")
    if found.good and "rc=" not in str(told.get("url")).partition("#")[2]:
        lost = f"{what} is not repeated: what comes while this server restarts is lost"
        return Finding(True, lost, f"make it {wanted}{RETRY}: {WHERE}")
    return found


def _numbers(reply: HttpReply, application_sid: str) -> list[Finding]:
    if refused := key_refused(reply, "jambonz_api_key"):
        return refused
    told = _parsed(reply.body)
    rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    mine = [row for row in rows if row.get("application_sid") == application_sid]
    here = {str(row.get("number")) for row in mine}
    others = {str(row.get("number")) for row in rows} - here
    return numbers(here, others, "give them this application: portal, Phone numbers")


def _parsed(body: bytes) -> object:
    try:
        found: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found
