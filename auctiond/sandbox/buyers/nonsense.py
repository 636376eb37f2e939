"""The nonsense real buyers answer with, as bytes on the wire. Pure."""

from __future__ import annotations

from collections.abc import Callable

HUGE_BODY = b'{"id":"1","bid":1,"padding":"' + b"x" * 1_000_000 + b'"}'  # Over any sane limit.
HTML = b"<!doctype html><html><body><h1>Welcome</h1><p>Your account is in order.</p></body></html>"
JUNK = b"\x00\x17 SSH-2.0-OpenSSH_9.6\r\n\r\n"

Write = Callable[[bytes, bytes], bytes]  # The bid, given a price as JSON and a number.

# The honest price and number, to what the buyer puts there instead.
_BENT_BIDS: dict[str, Callable[[Write, bytes, bytes], bytes]] = {
    "html": lambda write, price, number: HTML,
    "broken_json": lambda write, price, number: write(price, number)[:-9] + b",,]",
    "nan_price": lambda write, price, number: write(b"NaN", number),
    "negative_price": lambda write, price, number: write(b"-" + price, number),
    "dollar_text": lambda write, price, number: write(b'"$1,234.50"', number),
    "huge_price": lambda write, price, number: write(b"1e9", number),
    "zero_with_id": lambda write, price, number: write(b"0", number),
    "no_number": lambda write, price, number: write(price, b""),
    "empty": lambda write, price, number: b"",
    "huge_body": lambda write, price, number: HUGE_BODY,
}


def http(body: bytes, *, status: bytes = b"200 OK", length: int | None = None) -> bytes:
    """Return a whole HTTP answer; `length` is what it says its body's length is."""
    return b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
        status,
        len(body) if length is None else length,
        body,
    )


def nonsense(kind: str, write: Write, price: bytes, number: bytes) -> tuple[bytes, bool]:
    """Return the bytes of one kind of nonsense, and whether the connection ends after them."""
    bid = write(price, number)
    match kind:
        case "length_too_long":
            return http(bid, length=len(bid) + 100), True
        case "length_too_short":
            return http(bid, length=len(bid) - 20), False
        case "truncated":
            return http(bid)[:-20], True
        case "not_http":
            return JUNK, True
        case _:
            return http(_BENT_BIDS[kind](write, price, number)), False
