"""What a publisher is answered: in Ringba's JSON and XML, and in a plain JSON of our own. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID
from xml.sax.saxutils import escape

import orjson

from auctiond.rtb.live import LiveBid
from market.money import UNIT, Micros, dollars
from market.rtb import NO_BID, WARNINGS, bid_name

Style = Literal["json", "xml", "plain"]
MIN_DURATION = 100  # The code of bidTerms for it.
TYPES: dict[Style, str] = {
    "json": "application/json",
    "xml": "application/xml",
    "plain": "application/json",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A bid, or `reason` why there is none. Every answer has an id to ask us about."""

    id: UUID
    at_ms: int
    bid: LiveBid | None = None
    reason: str = ""  # A code of NO_BID.
    detail: str = ""  # Which field, say. Never a value of the ping.
    warnings: tuple[int, ...] = ()

    @property
    def left_s(self) -> int:
        """How long the bid lives yet, in whole seconds."""
        return max(0, (self.bid.expires_ms - self.at_ms) // 1000) if self.bid else 0


def write(answer: Answer, style: Style) -> bytes:
    """Return the body of the answer."""
    return WRITERS[style](answer)


def reject_text(answer: Answer) -> str:
    """Return why there is no bid, in Ringba's words and with its code."""
    reason = NO_BID[answer.reason]
    words = f"{reason.words}: {answer.detail}" if answer.detail else reason.words
    return f"{words} (Code: {reason.code})"


def _json(answer: Answer) -> bytes:
    bid, name = answer.bid, bid_name(answer.id.hex)
    if bid is None:
        told = {"bidId": name, "bidAmount": 0, "rejectReason": reject_text(answer)}
        return orjson.dumps(told)
    document: dict[str, Any] = {
        "bidId": name,
        "bidAmount": _amount(bid.promised),
        "expireInSeconds": answer.left_s,
        "bidExpireDT": _american(bid.expires_ms),
        "bidExpireEpoch": bid.expires_ms,
    }
    if bid.number:
        document["phoneNumber"] = bid.number
        document["phoneNumberNoPlus"] = bid.number.removeprefix("+")
    if bid.sip:
        document["sipAddress"] = bid.sip
    document["bidTerms"] = [{"code": MIN_DURATION, "callMinDuration": _seconds(bid)}]
    document["warnings"] = _warnings(answer)
    return orjson.dumps(document)


def _xml(answer: Answer) -> bytes:
    bid, rows = answer.bid, [("BidID", bid_name(answer.id.hex))]
    if bid is None:
        rows += [("BidAmount", "0.00"), ("RejectReason", reject_text(answer))]
        return _document(rows, "")
    rows += [
        ("BidAmount", dollars(bid.promised)),
        ("ExpireInSeconds", str(answer.left_s)),
        ("BidExpireDT", _american(bid.expires_ms)),
        ("BidExpireEpoch", str(bid.expires_ms)),
    ]
    rows += [("PhoneNumber", bid.number)] if bid.number else []
    rows += [("SIPAddress", bid.sip)] if bid.sip else []
    terms = (
        f'<BidTerms><BidTerm code="{MIN_DURATION}"><CallMinDuration>{_seconds(bid)}'
        "</CallMinDuration></BidTerm></BidTerms>"
    )
    warnings = "".join(
        f'<Warning code="{code}">{escape(WARNINGS[code])}</Warning>' for code in answer.warnings
    )
    return _document(rows, f"{terms}<Warnings>{warnings}</Warnings>")


def _document(rows: list[tuple[str, str]], more: str) -> bytes:
    text = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in rows)
    return f'<?xml version="1.0" encoding="utf-8"?><Bid>{text}{more}</Bid>'.encode()


def _plain(answer: Answer) -> bytes:
    bid, name = answer.bid, bid_name(answer.id.hex)
    if bid is None:
        reason = NO_BID[answer.reason]
        told = {"outcome": "no_bid", "id": name, "reason": answer.reason, "code": reason.code}
        more = {"text": reason.text, "who": reason.who, "detail": answer.detail}
        return orjson.dumps(told | more)
    document = {
        "outcome": "bid",
        "id": name,
        "bid": dollars(bid.promised),
        "bid_micros": bid.promised,
        "currency": "USD",
        "expires_at": _moment(bid.expires_ms).isoformat(timespec="milliseconds"),
        "expires_ms": bid.expires_ms,
        "expires_in_s": answer.left_s,
        "number": bid.number or None,
        "sip": bid.sip or None,
        "min_duration_s": _seconds(bid),
        "caller_bound": bool(bid.caller),
        "test": bid.test,
        "warnings": _warnings(answer),
    }
    return orjson.dumps(document)


WRITERS: dict[Style, Callable[[Answer], bytes]] = {"json": _json, "xml": _xml, "plain": _plain}


def _warnings(answer: Answer) -> list[dict[str, object]]:
    return [{"code": code, "description": WARNINGS[code]} for code in answer.warnings]


def _amount(micros: Micros) -> int | float:
    """Return dollars as a JSON number; promises are whole cents, so two digits are exact."""
    return micros // UNIT if micros % UNIT == 0 else micros / UNIT


def _seconds(bid: LiveBid) -> int | float:
    whole = round(bid.min_duration_s)
    return whole if whole == bid.min_duration_s else bid.min_duration_s


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _american(ms: int) -> str:
    """Return a moment as Ringba writes it: 3/1/2021 9:46:47 PM +00:00."""
    at = _moment(ms)
    hour, half = at.hour % 12 or 12, "AM" if at.hour < 12 else "PM"
    return f"{at.month}/{at.day}/{at.year} {hour}:{at:%M:%S} {half} +00:00"
