"""What Telnyx replies to our requests, in our words. Pure."""

from __future__ import annotations

import orjson

from market.http import HttpReply
from market.phone import CarrierError, LegGone, LegStatus, Placed
from telephony._fields import Json, as_ms, is_handle

CALL_ENDED = "90018"  # The carrier's code for a command that lost a race.


def check_reply(reply: HttpReply) -> None:
    """Return if the carrier took the command. Raises LegGone, or CarrierError with the reason."""
    if 200 <= reply.status < 300:
        return
    if reply.status in (404, 410) or (reply.status == 422 and CALL_ENDED in _codes(reply.body)):
        raise LegGone
    raise CarrierError("refused" if reply.status in (400, 422) else f"http:{reply.status}")


def read_placed(reply: HttpReply) -> Placed | None:
    """Return what the carrier calls the phone call that a CallOut began, if it says so."""
    data = parsed(reply.body).get("data")
    if not isinstance(data, dict):
        return None
    session, ref = data.get("call_session_id"), data.get("call_control_id")
    told = is_handle(session) and is_handle(ref)
    return Placed(str(session), str(ref)) if told else None


def read_status(reply: HttpReply) -> LegStatus:
    """Return what the carrier says of a leg. One it does not know (any more) is not alive."""
    if reply.status == 404:
        return LegStatus(alive=False)
    data = parsed(reply.body).get("data")
    alive = data.get("is_alive") if isinstance(data, dict) else None
    if reply.status != 200 or not isinstance(alive, bool):
        raise CarrierError(f"http:{reply.status}")
    ended = data.get("end_time") if isinstance(data, dict) else None
    return LegStatus(alive, as_ms(ended) if isinstance(ended, str) and not alive else None)


def _codes(body: bytes) -> list[str]:
    errors = parsed(body).get("errors")
    if not isinstance(errors, list):
        return []
    return [str(error.get("code")) for error in errors if isinstance(error, dict)]


def parsed(body: bytes) -> Json:
    """Return the JSON object in a reply, or an empty one."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
