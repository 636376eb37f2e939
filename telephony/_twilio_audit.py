"""What has to be right in a Twilio account. Pure.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource, /docs/iam/api/account
and /docs/usage/security/availability-reliability
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from market.http import HttpReply, HttpRequest
from telephony._audit import NUMBERS_MAX, Finding, Probe, balance, key_refused, numbers
from telephony._fields import Json
from telephony._twilio_commands import VERSION, TwilioOptions, headers, parsed, url_of

DOCS = "docs/carriers.md"
WHERE = "Console, Phone Numbers, the number, Voice Configuration"
KEYS = "twilio_account_sid and twilio_auth_token"


def probes(options: TwilioOptions) -> tuple[Probe, ...]:
    """Return what to ask Twilio: how the account is, and where its numbers send their calls."""
    account = f"{options.api_url}/{VERSION}/Accounts/{options.account_sid}.json"
    phones = f"{url_of(options, 'IncomingPhoneNumbers')}?PageSize=1000"
    money = url_of(options, "Balance")

    def of_numbers(reply: HttpReply) -> Sequence[Finding]:
        return _numbers(reply, options.hook_url)

    return (
        Probe("the account", HttpRequest("GET", account, headers(options)), _account),
        Probe("the numbers", HttpRequest("GET", phones, headers(options)), of_numbers),
        Probe("money", HttpRequest("GET", money, headers(options)), _money),
    )


def _account(reply: HttpReply) -> Sequence[Finding]:
    """Read how the account is. A wrong key is told of by the numbers."""
    told = parsed(reply.body) if reply.status == 200 else {}
    status = told.get("status")
    if status not in (None, "active"):
        return [Finding(False, f"it is {status}", "ask Twilio: Console, Account")]
    if told.get("type") == "Trial":
        return [Finding(False, "it is a trial: it rings verified numbers only", "upgrade it")]
    return [Finding(True, "it is active")] if status else []


def _money(reply: HttpReply) -> Sequence[Finding]:
    """Read the balance. A subaccount has none of its own."""
    told = parsed(reply.body) if reply.status == 200 else {}
    return balance(told.get("balance"), told.get("currency"))


def _numbers(reply: HttpReply, hook_url: str) -> list[Finding]:
    if refused := key_refused(reply, KEYS):
        return refused
    told = parsed(reply.body).get("incoming_phone_numbers")
    rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    here = [row for row in rows if _bare(row.get("voice_url")) == hook_url]
    names = {str(row.get("phone_number")) for row in here}
    others = {str(row.get("phone_number")) for row in rows} - names
    change = f'"A call comes in": Webhook, {hook_url}, HTTP POST. {WHERE}'
    found = numbers(names, others, change)
    for row in here:
        number = row.get("phone_number")
        if row.get("voice_method") != "POST":
            found.append(Finding(False, f"{number} comes with GET", f"make it HTTP POST: {WHERE}"))
        if _bare(row.get("status_callback")) != hook_url:
            mend = f'"Call status changes": {hook_url}, HTTP POST. {WHERE}'
            found.append(Finding(False, f"{number} does not tell when a caller hangs up", mend))
    return found + _fallbacks(here, hook_url)


def _fallbacks(rows: Sequence[Json], hook_url: str) -> list[Finding]:
    """Return which numbers let calls end while this server restarts: Twilio waits for nobody."""
    own = urlsplit(hook_url).netloc
    bare = [
        row for row in rows if urlsplit(_bare(row.get("voice_fallback_url"))).netloc in ("", own)
    ]
    if not bare:
        return [Finding(True, "calls outlive a restart of this server")] if rows else []
    names = ", ".join(sorted(str(row.get("phone_number")) for row in bare)[:NUMBERS_MAX])
    told = f"calls end when this server restarts: no other place to ask for {names}"
    return [Finding(True, told, f'"Primary handler fails": a TwiML Bin as in {DOCS}')]


def _bare(url: object) -> str:
    return url.partition("#")[0].rstrip("/") if isinstance(url, str) else ""
