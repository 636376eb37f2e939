"""The nouns of a buyer's format: what its file says, read and checked. Pure: data only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from buyers.path import Path
from buyers.template import Template

Encoding = Literal["json", "form", "query"]
ExpiryKind = Literal["seconds", "epoch_s", "epoch_ms", "iso"]
Json = object


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that each target of the format brings: a campaign id, an address for posts."""

    about: str
    optional: bool = False
    default: str = ""
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestForm:
    """How one request is written."""

    method: str
    url: Template
    encoding: Encoding
    headers: tuple[tuple[str, Template], ...]
    fields: tuple[tuple[str, Template], ...]  # Dotted names; nested where the encoding is JSON.

    def sources(self) -> Iterator[str]:
        """Yield what the whole request names."""
        named = [template for _, template in (*self.headers, *self.fields)]
        return (source for template in (self.url, *named) for source in template.sources())


@dataclass(frozen=True, slots=True)
class Rule:
    """What an answer means when all that the rule names is so."""

    accepts: bool
    path: Path | None = None
    equals: frozenset[tuple[str, object]] | None = None  # Type and value: see rules.kind.
    above: int | None = None
    present: bool = False
    statuses: frozenset[int] | None = None
    code: str = ""  # What a rejection by this rule is called.


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer is told to be a yes or a no, and where its reason stands."""

    rules: tuple[Rule, ...]  # Rejections first.
    reason: tuple[Path, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()  # Pattern of the reason's text -> our code.


@dataclass(frozen=True, slots=True)
class Expiry:
    path: Path
    kind: ExpiryKind
    zone: ZoneInfo | None = None  # For an ISO time that does not say its own.


@dataclass(frozen=True, slots=True)
class Place:
    """Where the number or SIP address to ring stands."""

    number: tuple[Path, ...] = ()
    sip: tuple[Path, ...] = ()
    prefer: Template | None = None  # "sip" or "number", where the answer has both.


@dataclass(frozen=True, slots=True)
class BidForm:
    """How a bid is read out of the answer to a ping."""

    verdict: Verdict
    each: Path | None = None  # The list of bids; None: the answer is one.
    price: tuple[Path, ...] = ()  # None: the target's own static price.
    price_in_cents: bool = False
    place: Place = Place()
    billable_s: tuple[Path, ...] = ()
    expires: tuple[Expiry, ...] = ()
    ref: tuple[tuple[Path, bool], ...] = ()  # And whether a bid without it is none.


@dataclass(frozen=True, slots=True)
class ConfirmForm:
    request: RequestForm
    verdict: Verdict
    place: Place
    price: tuple[Path, ...] = ()  # Where another price than the bid's may stand.
    price_in_cents: bool = False


@dataclass(frozen=True, slots=True)
class PostForm:
    request: RequestForm
    verdict: Verdict
    idempotent: bool = False  # The same {post_id} twice is one lead to them: it may be asked again.


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer in a case: what must be sent, and what must be read."""

    sends: Mapping[str, Json]  # method, url, headers (some), json or form (all of it).
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    reads: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """An example that is documentation first, and a test for free."""

    name: str
    ask: Mapping[str, Json]
    target: Mapping[str, Json]
    lead: Mapping[str, str]
    now_ms: int
    ping: Exchange
    confirm: Exchange | None = None
    post: Exchange | None = None
    cancel: Exchange | None = None


@dataclass(frozen=True, slots=True)
class BuyerFormat:
    name: str
    title: str
    file: str
    settings: Mapping[str, Setting]
    secrets: Mapping[str, str]  # Name -> what it is for.
    ping: RequestForm
    bid: BidForm
    confirm: ConfirmForm | None
    cancel: RequestForm | None  # Takes back a confirm; of its answer, the status alone is read.
    post: PostForm | None
    cases: tuple[Case, ...]
