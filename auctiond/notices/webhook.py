"""Webhooks out, signed as Standard Webhooks has it: the request, the schedule, the answer. Pure.

Source: the Standard Webhooks specification: headers webhook-id, webhook-timestamp and
webhook-signature; "v1," and HMAC-SHA256 over "id.timestamp.body"; `whsec_` secrets in base64.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import orjson

from auctiond.keys.secret import SecretError
from auctiond.pg.notices import Notice
from market.http import HttpReply, HttpRequest
from market.notices import Webhook

PREFIX = "whsec_"
KEY_BYTES_MIN, KEY_BYTES_MAX = 24, 64  # As the specification has it.
# When a try is made, in seconds from the first; after the last it is given up.
SCHEDULE_S: tuple[int, ...] = (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
ANSWER_S = 20.0  # The specification: 15 to 30.
GONE = 410
RETRY_AFTER_MAX_S = 86_400


@dataclass(frozen=True, slots=True)
class BoundWebhook:
    webhook: Webhook
    keys: tuple[bytes, ...] = field(repr=False)

    @property
    def url_hash(self) -> bytes:
        """What tells one address from the next, and is none."""
        return sha256(self.webhook.url.encode()).digest()


@dataclass(frozen=True, slots=True)
class BoundWebhooks:
    webhooks: Mapping[str, BoundWebhook]
    problems: tuple[str, ...]


def bind_webhooks(webhooks: Sequence[Webhook], secrets: Callable[[str], str]) -> BoundWebhooks:
    """Return the webhooks with their keys, and what is wrong with the others."""
    bound, problems = {}, []
    for one in webhooks:
        try:
            keys = tuple(read_key(secrets(reference)) for reference in one.secrets)
        except SecretError as error:
            problems.append(f"webhook {one.id}: secrets: {error}")
        except ValueError as error:
            problems.append(f"webhook {one.id}: secrets: {error}")
        else:
            bound[one.id] = BoundWebhook(one, keys)
    return BoundWebhooks(bound, tuple(problems))


def read_key(text: str) -> bytes:
    """Return the key of a secret. Raises ValueError, which does not quote it."""
    right = f"expected {PREFIX} and {KEY_BYTES_MIN} to {KEY_BYTES_MAX} bytes in base64"
    try:
        key = b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(right) from None
    if not text.startswith(PREFIX) or not KEY_BYTES_MIN <= len(key) <= KEY_BYTES_MAX:
        raise ValueError(right)
    return key


def write_webhook(bound: BoundWebhook, notice: Notice, now_s: int) -> HttpRequest:
    """Return the request that tells of `notice`; its id is the same at every try."""
    body = orjson.dumps(
        {
            "type": notice.kind,
            "timestamp": notice.at.isoformat(),
            "data": {"party": notice.party, **notice.data},
        }
    )
    id_ = str(notice.id)
    signed = b".".join((id_.encode(), str(now_s).encode(), body))
    marks = " ".join(f"v1,{_sign(key, signed)}" for key in bound.keys)
    headers = (
        ("Content-Type", "application/json"),
        ("User-Agent", "auctiond"),
        ("webhook-id", id_),
        ("webhook-timestamp", str(now_s)),
        ("webhook-signature", marks),
    )
    return HttpRequest("POST", bound.webhook.url, headers, body)


def _sign(key: bytes, signed: bytes) -> str:
    return b64encode(hmac.digest(key, signed, "sha256")).decode()


def again_s(schedule: Sequence[int], tried: int, since_s: float, wait_s: float) -> float | None:
    """Return in how many seconds to try again after `tried` tries, or None to give up.

    `since_s` ago the first was due; the receiver wants `wait_s` to pass.
    """
    later = [at - since_s for at in schedule[tried:]]
    late_enough = [
        max(at, wait_s, 1.0) for at in later if max(at, wait_s) + since_s <= schedule[-1]
    ]
    return late_enough[0] if late_enough else None


def retry_after_s(reply: HttpReply) -> float:
    """Return how long a receiver wants to be left alone; 0 if it does not say, or as a date."""
    text = reply.header("retry-after") or ""
    digits = text.isascii() and text.isdigit() and len(text) < 9
    return min(float(text), RETRY_AFTER_MAX_S) if digits else 0.0
