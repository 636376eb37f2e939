"""Run the examples of a buyer's file: is sent what they say, is read what they say? Pure.

The same code is the test of every file and `auctiond buyer test`. Secrets are stand-ins
(secret-NAME), so what is shown holds none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import orjson

from buyers.ask import Ask
from buyers.bind import BoundBuyer, bind
from buyers.codec import (
    make_cancel,
    make_confirm,
    make_ping,
    make_post,
    read_bid,
    read_confirm,
    read_post,
)
from buyers.errors import Unmapped
from buyers.format import BuyerFormat, Case, Exchange, Json
from buyers.token import read_token
from buyers.unreadable import Unreadable
from buyers.xml_tree import Element, parse_xml
from market.bids import Bid, BuyerId, NoBid, TargetId
from market.http import HttpReply, HttpRequest
from market.money import Micros, dollars, micros
from market.network import PingTarget, Target

ASKED = ("auction_id", "told_ms", "reserve")
NO_PRICE_MAX = "500"
TOKEN = "token"  # Stands in for what [token] fetches.


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange of a case as it went."""

    stage: str
    request: HttpRequest | None
    reply: HttpReply
    read: Mapping[str, Json]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseRun:
    case: Case
    steps: tuple[Step, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """What is not as the case says; none: it passes."""
        return tuple(f"{step.stage}: {text}" for step in self.steps for text in step.problems)


def run_cases(form: BuyerFormat) -> Iterator[CaseRun]:
    """Yield each case of the format, run. Raises BindError for a target that does not fit."""
    for case in form.cases:
        yield CaseRun(case, tuple(_steps(bind_case(form, case), case)))


def bind_case(form: BuyerFormat, case: Case) -> BoundBuyer:
    """Return the case's target bound, with stand-ins for its secrets."""
    target = target_of(form, case.target)
    return bind(form, target, lambda name: case.secrets.get(name, f"secret-{name}"))


def ask_of(case: Case) -> Ask:
    """Return the case's question."""
    return ask_from(case.ask, case.now_ms)


def ask_from(asked: Mapping[str, Json], now_ms: int) -> Ask:
    """Return the question that consists of these words."""
    return Ask(
        facts={name: str(value) for name, value in asked.items() if name not in ASKED},
        auction_id=str(asked.get("auction_id", "")),
        told_ms=int(str(asked.get("told_ms", 700))),
        reserve=micros(str(asked.get("reserve", "0"))),
        now_ms=now_ms,
    )


def target_of(form: BuyerFormat, said: Mapping[str, Json]) -> Target:
    """Return the target that a case tells of; its secrets are referred to by their own names."""
    settings = said.get("settings", {})
    assert isinstance(settings, dict)
    reached = PingTarget(
        format=form.name,
        url=str(said.get("url", "")),
        settings={name: str(value) for name, value in settings.items()},
        secrets={name: name for name in form.secrets},
    )
    return Target(
        id=TargetId("example"),
        buyer=BuyerId("example"),
        ping=reached if form.ping is not None else None,
        post=reached if form.ping is None else None,
        price=micros(str(said["price"])) if "price" in said else None,
        price_max=micros(str(said.get("price_max", NO_PRICE_MAX))),
        destination=str(said.get("destination", "")),
        billable_after_s=float(str(said.get("billable_after_s", 90))),
    )


def _steps(buyer: BoundBuyer, case: Case) -> Iterator[Step]:
    if case.token is not None and buyer.token is not None:
        token = read_token(buyer.token, _reply(case.token), case.now_ms)
        lasts = {"lasts_s": (token.until_ms - case.now_ms) / 1000} if token else {}
        got = {"token": token.text if token else False, **lasts}
        yield _step("token", case.token, buyer.token.request, got)
    if not buyer.pinged:
        yield from _after(buyer, case, _standing_bid(buyer))
        return
    try:
        ping = make_ping(buyer, ask_of(case), TOKEN)
    except Unmapped as unmapped:
        yield _step("ping", case.ping, None, {"no_ping": unmapped.field})
        return
    found = read_bid(buyer, _reply(case.ping), case.now_ms)
    yield _step("ping", case.ping, ping, result_of(found))
    if isinstance(found, Bid):
        yield from _after(buyer, case, found)


def _standing_bid(buyer: BoundBuyer) -> Bid:
    target = buyer.target
    price = target.price or Micros(0)
    return Bid(target.id, target.buyer, price, buyer.destination, target.billable_after_s)


def _after(buyer: BoundBuyer, case: Case, bid: Bid) -> Iterator[Step]:
    if case.confirm is not None:
        request, lacks = _made(lambda: make_confirm(buyer, bid, ask_of(case), TOKEN))
        confirmed = read_confirm(buyer, _reply(case.confirm))
        price = None if confirmed.price is None else dollars(confirmed.price)
        said = {
            "destination": confirmed.destination,
            "reason": confirmed.reason,
            "price": price,
        }
        read = lacks or {"ok": confirmed.ok, **_kept(said)}
        yield _step("confirm", case.confirm, request, read)
    if case.cancel is not None:
        request, lacks = _made(lambda: make_cancel(buyer, bid, ask_of(case), TOKEN))
        yield _step("cancel", case.cancel, request, lacks)
    if case.post is not None:
        request, lacks = _made(lambda: make_post(buyer, bid, case.lead, case.now_ms, TOKEN))
        posted = read_post(buyer, _reply(case.post))
        read = lacks or {"ok": posted.ok, **_kept({"reason": posted.reason})}
        yield _step("post", case.post, request, read)


def _made(make: Callable[[], HttpRequest | None]) -> tuple[HttpRequest | None, dict[str, Json]]:
    """Return the request, or what the case's lead lacks for it: that is read instead."""
    try:
        return make(), {}
    except Unmapped as unmapped:
        return None, {"lacks": unmapped.field}


def _reply(exchange: Exchange) -> HttpReply:
    return HttpReply(exchange.status, tuple(exchange.headers.items()), exchange.body)


def result_of(found: Bid | NoBid) -> dict[str, Json]:
    """Return what was read of an answer, as a case says it."""
    if isinstance(found, NoBid):
        return {"no_bid": found.reason, **_kept({"detail": found.detail})}
    at = None if found.expires_ms is None else _iso(found.expires_ms)
    bid = {
        "price": dollars(Micros(found.price)),
        "destination": found.destination,
        "billable_s": found.billable_after_s,
        "ref": list(found.ref),
        "expires": at,
    }
    return {"bid": _kept(bid)}


def _iso(unix_ms: int) -> str:
    at = datetime.fromtimestamp(unix_ms // 1000, UTC).replace(microsecond=unix_ms % 1000 * 1000)
    return at.isoformat().replace("+00:00", "Z")


def _kept(values: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _step(
    stage: str, exchange: Exchange, request: HttpRequest | None, read: Mapping[str, Json]
) -> Step:
    problems = (*_differences(exchange.sends, request), *_misread(exchange.reads, read))
    return Step(stage, request, _reply(exchange), read, problems)


def _misread(wanted: Mapping[str, Json], read: Mapping[str, Json]) -> Iterator[str]:
    for key in (*wanted, *(key for key in read if key not in wanted and key != "detail")):
        if wanted.get(key) != read.get(key):
            yield f"{key}: wanted {wanted.get(key)!r}, read {read.get(key)!r}"


def _differences(wanted: Mapping[str, Json], request: HttpRequest | None) -> Iterator[str]:
    if request is None:
        if wanted:
            yield "nothing is sent"
        return
    for key, value in wanted.items():
        if key == "headers" and isinstance(value, dict):
            yield from _headers(value, {name.lower(): said for name, said in request.headers})
            continue
        sent = SENT[key](request)
        if key == "xml":
            value = _xml(str(value))
        if sent != value:
            yield f"sends.{key}: wanted {value!r}, sends {sent!r}"


def _json(request: HttpRequest) -> Json:
    try:
        value: Json = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return request.body.decode(errors="replace")
    return value


def _pairs(text: str) -> dict[str, Json]:
    """Return the fields of a form; one that stands more than once as a list."""
    fields: dict[str, Json] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        known = fields.get(name)
        fields[name] = (
            value if known is None else [*(known if isinstance(known, list) else [known]), value]
        )
    return fields


def _form(request: HttpRequest) -> Json:
    return _pairs(request.body.decode() or request.url.partition("?")[2])


def _xml(text: str) -> Json:
    """Return XML in a form that compares, whatever blanks stand between the elements."""
    try:
        return _shape(parse_xml(text))
    except Unreadable as error:
        return str(error)


def _shape(element: Element) -> Json:
    own = "".join(element.texts).strip()
    return [element.name, element.attributes, own, [_shape(one) for one in element.children]]


SENT: dict[str, Callable[[HttpRequest], Json]] = {
    "method": lambda request: request.method,
    "url": lambda request: request.url,
    "json": _json,
    "form": _form,
    "query": lambda request: _pairs(request.url.partition("?")[2]),
    "xml": lambda request: _xml(request.body.decode()),
    "body": lambda request: request.body.decode(),
}


def _headers(wanted: Mapping[str, Json], sent: Mapping[str, str]) -> Iterator[str]:
    for name, value in wanted.items():
        if sent.get(name.lower()) != value:
            yield f"sends.headers.{name}: wanted {value!r}, sends {sent.get(name.lower())!r}"
