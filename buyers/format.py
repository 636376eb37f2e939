"""The nouns of a buyer's format: what its file says, read and checked. Pure: data only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Literal

from buyers.dates import Shape
from buyers.filters_bytes import HashName
from buyers.path import Path
from buyers.template import Template
from buyers.xpath import XPath

Encoding = Literal["json", "form", "query", "xml", "text"]
Empty = Literal["omit", "send", "null"]
Escape = Literal["none", "xml", "json", "url", "csv"]
AnswerKind = Literal["json", "xml", "text", "delimited", "form"]
ExpiryKind = Literal["seconds", "minutes", "ms", "epoch_s", "epoch_ms", "iso", "date"]
PriceUnit = Literal["dollars", "cents", "micros"]
Json = object


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that each target of the format brings: a campaign id, an address for posts."""

    about: str
    optional: bool = False
    default: str = ""
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BodyForm:
    """How fields become bytes."""

    encoding: Encoding
    fields: tuple[tuple[str, Template], ...] = ()  # Dotted names; nested in JSON and XML.
    empty: Empty = "omit"  # What becomes of a field without a value.
    plain_names: bool = False  # JSON: a dot in a name is only a dot.
    root: str = ""  # XML: the outermost element.
    declaration: bool = True  # XML: begins with <?xml ...?>.
    text: Template | None = None  # The whole text, for "text".
    escape: Escape = "none"  # What is done to each value in it.

    def sources(self) -> Iterator[str]:
        """Yield what the body names."""
        for template in (*(t for _, t in self.fields), *([self.text] if self.text else [])):
            yield from template.sources()


@dataclass(frozen=True, slots=True)
class SignForm:
    """How a request is signed: an HMAC over what `over` says, sent in headers or the query."""

    hash: HashName
    key: Template
    key_as: Literal["text", "hex", "base64"]
    over: Template  # May name {body}, {method}, {path}, {query} and {target} as well.
    write: Literal["hex", "base64", "base64url"]
    headers: tuple[tuple[str, Template], ...]  # May name {signature} as well.
    query: tuple[tuple[str, Template], ...]


@dataclass(frozen=True, slots=True)
class RequestForm:
    """How one request is written."""

    method: str
    url: Template
    body: BodyForm
    accept: str
    headers: tuple[tuple[str, Template], ...] = ()
    basic: Template | None = None  # USER:PASSWORD of HTTP Basic.
    query: tuple[tuple[str, Template], ...] = ()  # Beside the body.
    inner: tuple[tuple[str, BodyForm], ...] = ()  # Documents inside a field: {inner.NAME}.
    sign: SignForm | None = None

    def sources(self) -> Iterator[str]:
        """Yield what the whole request names."""
        bodies = (self.body, *(body for _, body in self.inner))
        named = [*self.headers, *self.query, *(pair for body in bodies for pair in body.fields)]
        texts = [body.text for body in bodies if body.text is not None]
        for template in (self.url, *(template for _, template in named), *texts):
            yield from template.sources()


@dataclass(frozen=True, slots=True)
class Selector:
    """Where something stands in an answer."""

    text: str  # As the file says it.
    path: Path | XPath | None = None  # None: the whole text.
    header: str = ""  # Instead of a path: the header of this name.
    status: bool = False  # Instead of a path: the status.
    regex: str = ""  # Of what was found: what the group holds, or the whole match.
    separator: str = ""  # Of what was found: its parts ...
    column: int = 0  # ... and which of them, from 0.
    top: bool = False  # Of the whole answer, not of one bid in it.


@dataclass(frozen=True, slots=True)
class Inside:
    """An answer in the answer: XML in a string element, JSON in HTML."""

    at: Selector
    kind: AnswerKind
    forgive: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """How the bytes of an answer are taken apart."""

    kind: AnswerKind = "json"
    forgive: frozenset[str] = frozenset()  # What may be wrong with it: see buyers/forgive.py.
    separator: str = "|"  # For "delimited".
    inside: Inside | None = None
    within: Selector | None = None  # Paths begin here.


@dataclass(frozen=True, slots=True)
class ValueTest:
    """What one value of an answer must be like. Exactly one of the questions is asked."""

    at: Selector
    equals: frozenset[tuple[str, object]] | None = None  # Type and value: see rules.kind.
    differs: frozenset[tuple[str, object]] | None = None  # It is there, and is none of these.
    like: tuple[str, ...] = ()  # Patterns; * is any text, and case does not count.
    above: int | None = None
    present: bool | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What an answer means when all that the rule names is so."""

    accepts: bool
    tests: tuple[ValueTest, ...] = ()
    statuses: frozenset[int] | None = None
    empty: bool = False  # The answer has no body.
    code: str = ""  # What a rejection by this rule is called.


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer is told to be a yes or a no, and where its reason stands."""

    rules: tuple[Rule, ...]  # Rejections first.
    reason: tuple[Selector, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()  # Pattern of the reason's text -> our code.


@dataclass(frozen=True, slots=True)
class Expiry:
    at: Selector
    kind: ExpiryKind
    zone: tzinfo | None = None  # For a time that does not say its own.
    shape: Shape | None = None  # For "date".


@dataclass(frozen=True, slots=True)
class Place:
    """Where the number or SIP address to ring stands."""

    number: tuple[Selector, ...] = ()
    sip: tuple[Selector, ...] = ()
    prefer: Template | None = None  # "sip" or "number", where the answer has both.


@dataclass(frozen=True, slots=True)
class PriceForm:
    """How prices are written: the plain form reads 12.5, "12.50" and "$1,234.50"."""

    unit: PriceUnit = "dollars"
    decimal: str = "."
    symbols: tuple[str, ...] = ()  # What may stand around it, besides $, US$ and USD.

    @property
    def is_plain(self) -> bool:
        """Whether this is the usual way."""
        return self.decimal == "." and not self.symbols


@dataclass(frozen=True, slots=True)
class BidForm:
    """How a bid is read out of the answer to a ping."""

    answer: AnswerForm
    verdict: Verdict
    each: Selector | None = None  # The list of bids; None: the answer is one.
    price: tuple[Selector, ...] = ()  # None: the target's own static price.
    price_form: PriceForm = PriceForm()
    place: Place = Place()
    billable: tuple[Selector, ...] = ()
    billable_unit_s: float = 1.0
    expires: tuple[Expiry, ...] = ()
    ref: tuple[tuple[Selector, bool], ...] = ()  # And whether a bid without it is none.


NEVER_BIDS = BidForm(AnswerForm(), Verdict(()))  # Of formats without a ping.


@dataclass(frozen=True, slots=True)
class Trial:
    """How the buyer is tried without buying anything."""

    about: str
    ping: RequestForm
    ask: Mapping[str, Json]
    url_has: str = ""  # What must be in the address, where the test is at another.


@dataclass(frozen=True, slots=True)
class ConfirmForm:
    request: RequestForm
    answer: AnswerForm
    verdict: Verdict
    place: Place
    price: tuple[Selector, ...] = ()  # Where another price than the bid's may stand.
    price_form: PriceForm = PriceForm()


@dataclass(frozen=True, slots=True)
class PostForm:
    request: RequestForm
    answer: AnswerForm
    verdict: Verdict
    idempotent: bool = False  # The same {post_id} twice is one lead to them: it may be asked again.


@dataclass(frozen=True, slots=True)
class TokenForm:
    """How a token is fetched that pings, confirms and posts then carry as {token} (OAuth 2.0)."""

    request: RequestForm
    answer: AnswerForm
    token: tuple[Selector, ...]
    expires: tuple[Expiry, ...]
    lasts_s: float  # Where the answer does not say.


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer in a case: what must be sent, and what must be read."""

    sends: Mapping[str, Json]  # method, url, headers (some), and the body in one of its ways.
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
    secrets: Mapping[str, str] = field(default_factory=dict)  # Stand-ins.
    cancel: Exchange | None = None
    token: Exchange | None = None


@dataclass(frozen=True, slots=True)
class BuyerFormat:
    name: str
    title: str
    file: str
    url: str  # Where a target that names none is asked; "": each target names its own.
    settings: Mapping[str, Setting]
    secrets: Mapping[str, str]  # Name -> what it is for.
    ping: RequestForm | None  # None: nobody is asked; a target has its price, and gets the lead.
    bid: BidForm
    confirm: ConfirmForm | None
    cancel: RequestForm | None  # Takes back a confirm; of its answer, the status alone is read.
    post: PostForm | None
    test: Trial | None
    cases: tuple[Case, ...]
    token: TokenForm | None = None
