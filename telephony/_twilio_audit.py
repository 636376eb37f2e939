"""What has to be right in a Twilio account. Pure.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from __future__ import annotations

from collections.abc import Sequence

from market.http import HttpReply, HttpRequest
from telephony._audit import Finding, Probe, key_refused, numbers
from telephony._twilio_commands import TwilioOptions, headers, parsed, url_of

WHERE = "Console, Phone Numbers, the number, Voice Configuration"
KEYS = "twilio_account_sid and twilio_auth_token"


def probes(options: TwilioOptions) -> tuple[Probe, ...]:
    """Return what to ask Twilio: where the account's numbers send their calls."""
    url = f"{url_of(options, 'IncomingPhoneNumbers')}?PageSize=1000"

    def of_numbers(reply: HttpReply) -> Sequence[Finding]:
        return _numbers(reply, options.hook_url)

    return (Probe("the numbers", HttpRequest("GET", url, headers(options)), of_numbers),)


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
    return found


def _bare(url: object) -> str:
    return url.partition("#")[0].rstrip("/") if isinstance(url, str) else ""
