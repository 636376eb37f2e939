"""What has to be right in a Telnyx account. Pure.

https://developers.telnyx.com/api/call-control-applications, /api/numbers, /api-reference/billing.
"""

from __future__ import annotations

from collections.abc import Sequence

from market.http import HttpReply, HttpRequest
from telephony._audit import Finding, Probe, balance, key_refused, numbers, same
from telephony._telnyx_commands import TelnyxOptions, headers
from telephony._telnyx_replies import parsed

WHERE = "Mission Control, Voice, Programmable Voice, your application"


def probes(options: TelnyxOptions) -> tuple[Probe, ...]:
    """Return what to ask Telnyx: about the application, and which numbers belong to it."""
    if not options.connection_id:
        return ()
    application = f"{options.api_url}/call_control_applications/{options.connection_id}"
    phones = f"{options.api_url}/phone_numbers?page%5Bsize%5D=250"

    def of_application(reply: HttpReply) -> Sequence[Finding]:
        return _application(reply, options.hook_url)

    def of_numbers(reply: HttpReply) -> Sequence[Finding]:
        return _numbers(reply, options.connection_id)

    return (
        Probe("the application", HttpRequest("GET", application, headers(options)), of_application),
        Probe("the numbers", HttpRequest("GET", phones, headers(options)), of_numbers),
        Probe("money", HttpRequest("GET", f"{options.api_url}/balance", headers(options)), _money),
    )


def _money(reply: HttpReply) -> Sequence[Finding]:
    """Read the balance. A key may be without the right to it: calls do not need that."""
    told = parsed(reply.body).get("data") if reply.status == 200 else None
    data = told if isinstance(told, dict) else {}
    return balance(data.get("available_credit"), data.get("currency"))


def _application(reply: HttpReply, hook_url: str) -> list[Finding]:
    if refused := key_refused(reply, "telnyx_api_key and telnyx_connection_id"):
        return refused
    data = parsed(reply.body).get("data")
    told = data if isinstance(data, dict) else {}
    found = [same("the webhook URL", told.get("webhook_event_url"), hook_url, WHERE)]
    version = str(told.get("webhook_api_version"))
    found.append(
        Finding(True, "its webhooks are of API v2")
        if version == "2"
        else Finding(False, f"its webhooks are of API v{version}", f"make it v2: {WHERE}")
    )
    if told.get("active") is False:
        found.append(Finding(False, "the application is not active", f"activate it: {WHERE}"))
    return found


def _numbers(reply: HttpReply, connection_id: str) -> list[Finding]:
    if refused := key_refused(reply, "telnyx_api_key"):
        return refused
    data = parsed(reply.body).get("data")
    rows = [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
    mine = [row for row in rows if str(row.get("connection_id")) == connection_id]
    here = {str(row.get("phone_number")) for row in mine}
    others = {str(row.get("phone_number")) for row in rows} - here
    return numbers(here, others, "give them this application: Mission Control, Numbers")
