"""The four shapes the sandbox's buyers speak, each known by its path. Pure.

Prices go in as JSON text, so that a price which is no number can be written too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl

import orjson

from auctiond.sandbox.buyers.offers import BILLABLE_S, EXPIRES_S
from auctiond.sandbox.people import STATE_OF_ZIP3

Step: TypeAlias = Literal["ping", "confirm", "cancel", "post"]
Fields: TypeAlias = Mapping[str, object]

# The names a field goes by.
STATES = ("state", "State", "caller_state", "InboundStateCode")
ZIPS = ("zip", "zipcode", "zip_code", "caller_zip", "InboundZipCode")
AUCTIONS = ("auction", "auction_id", "publisherInboundCallId", "external_id", "sub_id", "SubID")
DEADLINES = ("deadline_ms", "timeout_ms", "tmax")
BID_IDS = ("id", "ping_id", "bid_id", "bidId", "uuid")
POST_IDS = ("post_id", "idempotency_key")
NUMBERS = ("phone", "number", "caller_id", "CID", "caller_number", "callerid", "phone_number")

_KNOWN_STATES = frozenset(STATE_OF_ZIP3.values())


@dataclass(frozen=True, slots=True)
class Format:
    """How one of the four writes its answers."""

    bid: Callable[[bytes, bytes, bytes, float], bytes]  # Id, price as JSON, number, Unix seconds.
    refusal: Callable[[bytes, bytes], bytes]  # Id, reason.
    accepted: Callable[[bytes, bytes], bytes]  # A confirm or a post: id, number.
    refused: Callable[[bytes], bytes]
    price_key: bytes = b""  # What a price is called in the answer to a confirm.


def read_fields(url: bytes, body: bytes) -> Fields:
    """Return the fields of a request: of its JSON object, its form, or its query.

    Raises ValueError when the body looks like JSON and is not.
    """
    if body[:1] == b"{":
        fields: Fields = orjson.loads(body)
        return fields
    text = body.decode("latin-1") or url.partition(b"?")[2].decode("latin-1")
    return dict(parse_qsl(text))


def lead_of(fields: Fields) -> Fields:
    """Return the fields of a post with those of the lead inside it, where it has one."""
    lead = fields.get("lead")
    return {**lead, **fields} if isinstance(lead, dict) else fields


def first(fields: Fields, names: tuple[str, ...]) -> str:
    """Return the first field there is of `names`, as text, or ""."""
    for name in names:
        if name in fields:
            return str(fields[name])
    return ""


def state_of(fields: Fields) -> str:
    """Return the caller's state, by its name or its zip, or "" where the ping does not say."""
    state = first(fields, STATES) or STATE_OF_ZIP3.get(first(fields, ZIPS)[:3], "")
    return state if state in _KNOWN_STATES else ""


def route(method: bytes, url: bytes) -> tuple[Format, Step] | None:
    """Return the format and the step a path belongs to, or None."""
    path = url.partition(b"?")[0]
    if path in _EXACT:
        return _EXACT[path]
    if path.startswith(b"/v1/"):  # /v1/production/ID.json
        return RINGBA, "ping"
    if path.startswith(_TRACKDRIVE + b"ping/"):
        return TRACKDRIVE, "ping"
    if path.startswith(_TRACKDRIVE + b"post/"):
        return TRACKDRIVE, "post"
    if path.startswith(b"/rtbs/") and method in (b"PUT", b"PATCH"):
        return RETREAVER, "confirm"
    return None


def id_in_path(url: bytes) -> str:
    """Return ID of a path that ends in /ID.json."""
    return url.partition(b"?")[0].rpartition(b"/")[2].removesuffix(b".json").decode("latin-1")


def with_price(shape: Format, body: bytes, cents: int) -> bytes:
    """Return the answer to a confirm with another price than the bid's in it."""
    return body[:-1] + b',"%b":%d.%02d}' % (shape.price_key, *divmod(cents, 100))


def _plain_bid(bid_id: bytes, price: bytes, number: bytes, now_s: float) -> bytes:
    return b'{"id":"%b","bid":%b,"number":"%b","billable_s":%d,"expires_s":%d}' % (
        *(bid_id, price, number, BILLABLE_S, EXPIRES_S),
    )


def _ringba_bid(bid_id: bytes, price: bytes, number: bytes, now_s: float) -> bytes:
    ends = datetime.fromtimestamp(now_s + EXPIRES_S, UTC)
    return (
        b'{"bidId":"%b","bidAmount":%b,"expireInSeconds":%d,"bidExpireDT":"%b",'
        b'"bidExpireEpoch":%d,"phoneNumber":"%b","phoneNumberNoPlus":"%b",'
        b'"bidTerms":[{"code":100,"callMinDuration":%d}],'
        b'"warnings":[{"code":200,"description":"No caller id was sent"}]}'
    ) % (
        *(bid_id, price, EXPIRES_S, ends.strftime("%m/%d/%Y %I:%M:%S %p +00:00").encode()),
        *(int(ends.timestamp() * 1000), number, number[1:], BILLABLE_S),
    )


def _trackdrive_bid(bid_id: bytes, price: bytes, number: bytes, now_s: float) -> bytes:
    return (
        b'{"success":true,"status":"accepted","try_all_buyers_ping_id":"%b",'
        b'"ping_ids_expiry_in_seconds":%d,'
        b'"buyers":[{"buyer_id":1,"name":"Sandbox","bid":%b,"ping_id":"%b",'
        b'"current_conversion_duration":%d,"forwarding_number":"%b"}]}'
    ) % (bid_id, EXPIRES_S, price, bid_id, BILLABLE_S, number)


def _retreaver_bid(bid_id: bytes, price: bytes, number: bytes, now_s: float) -> bytes:
    ends = datetime.fromtimestamp(now_s + EXPIRES_S, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return (
        b'{"uuid":"%b","status":"reserved","retreaver_payout":%b,"retreaver_seconds":%d,'
        b'"inbound_number":"%b","expires_at":"%b"}'
    ) % (bid_id, price, BILLABLE_S, number, ends.encode())


PLAIN = Format(
    bid=_plain_bid,
    refusal=lambda bid_id, reason: b'{"id":"%b","bid":0,"reason":"%b"}' % (bid_id, reason),
    accepted=lambda bid_id, number: b'{"id":"%b","ok":true}' % bid_id,
    refused=lambda bid_id: b'{"id":"%b","ok":false,"reason":"no agent"}' % bid_id,
    price_key=b"bid",
)
RINGBA = Format(
    bid=_ringba_bid,
    refusal=lambda bid_id, reason: (
        b'{"bidId":"%b","bidAmount":0,"rejectReason":"%b (Code: 1006)"}' % (bid_id, reason)
    ),
    accepted=PLAIN.accepted,
    refused=PLAIN.refused,
)
TRACKDRIVE = Format(
    bid=_trackdrive_bid,
    refusal=lambda bid_id, reason: (
        b'{"success":false,"status":"no_buyers_available","errors":["%b"]}' % reason
    ),
    accepted=lambda bid_id, number: (
        b'{"success":true,"status":"accepted","forwarding_number":"%b",'
        b'"forwarding_number_status":"accepted"}' % number.removeprefix(b"+")
    ),
    refused=lambda bid_id: b'{"success":false,"status":"buyer_declined","errors":["no agent"]}',
)
RETREAVER = Format(
    bid=_retreaver_bid,
    refusal=lambda bid_id, reason: (
        b'{"uuid":"%b","status":"no-target","error":"%b"}' % (bid_id, reason)
    ),
    accepted=lambda bid_id, number: (
        b'{"uuid":"%b","status":"confirmed","inbound_number":"%b"}' % (bid_id, number)
    ),
    refused=lambda bid_id: b'{"uuid":"%b","status":"no-target"}' % bid_id,
    price_key=b"retreaver_payout",
)

_TRACKDRIVE = b"/api/v1/inbound_webhooks/"
_EXACT: dict[bytes, tuple[Format, Step]] = {
    b"/ping": (PLAIN, "ping"),
    b"/confirm": (PLAIN, "confirm"),
    b"/cancel": (PLAIN, "cancel"),
    b"/post": (PLAIN, "post"),
    b"/rtbs.json": (RETREAVER, "ping"),
}
