"""Join a format with one target: its url, settings and secrets, worked out once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from buyers.body import body_writer, ping_body_writer
from buyers.errors import BindError, Unmapped
from buyers.format import BuyerFormat, Place, RequestForm
from buyers.maker import Maker, maker
from buyers.phone import destination
from buyers.reader import (
    BidReader,
    PlaceReader,
    ReplyReader,
    bid_reader,
    confirm_reader,
    place_reader,
    post_reader,
)
from buyers.template import Scope, prepare
from buyers.token import BoundToken, bind_token
from market.http import HttpRequest
from market.network import PingTarget, Target


@dataclass(frozen=True, slots=True, repr=False)
class BoundBuyer:
    """A target that can be asked. Secrets are inside its functions, and not in its repr."""

    format: str
    target: Target
    destination: str  # Where to ring when the bid does not say; "" for nowhere.
    pinged: bool  # Whether it is asked for a bid; else the target has its price.
    make_ping: Maker
    bid: BidReader
    make_confirm: Maker | None
    make_cancel: Maker | None
    confirmation: ReplyReader | None
    confirmed_place: PlaceReader | None
    make_post: Maker | None
    posted: ReplyReader | None
    idempotent: bool  # Whether it tells a repeated post by its key.
    token: BoundToken | None = None  # What its requests carry, and are not sent without.

    def __repr__(self) -> str:
        return f"BoundBuyer(format={self.format!r}, target={self.target.id!r})"


def bind(form: BuyerFormat, target: Target, secrets: Callable[[str], str]) -> BoundBuyer:
    """Return the target, ready to be asked. Raises BindError.

    `secrets` turns a reference of the target into the secret itself, or raises LookupError.
    """
    reached = _reached(form, target)
    known = {
        "url": reached.url or form.url,
        **_settings(form, target, reached),
        **_secrets(form, target, reached, secrets),
    }
    make_ping = _maker(target, "ping", form.ping, known) if form.ping else _never
    if make_ping is None:
        right = "an address with https://, here or as url in the format's own file"
        raise BindError(target.id, "ping.url", "missing", right)
    if not form.bid.price and target.price is None:
        right = "price = the static price of this target"
        raise BindError(target.id, "price", f"{form.name} answers without a price", right)
    confirm, post = form.confirm, form.post
    return BoundBuyer(
        format=form.name,
        target=target,
        destination=_destination(target),
        pinged=form.ping is not None,
        make_ping=make_ping,
        bid=bid_reader(form.bid, _prefer(form.bid.place, known)),
        make_confirm=_maker(target, "confirm", confirm.request, known) if confirm else None,
        make_cancel=_maker(target, "cancel", form.cancel, known) if form.cancel else None,
        confirmation=confirm_reader(confirm) if confirm else None,
        confirmed_place=place_reader(confirm.place, _prefer(confirm.place, known))
        if confirm
        else None,
        make_post=_maker(target, "post", post.request, known) if post else None,
        posted=post_reader(post) if post else None,
        idempotent=post is not None and post.idempotent,
        token=_token(form, target, known),
    )


def _reached(form: BuyerFormat, target: Target) -> PingTarget:
    """Return how the target is reached: by a ping, or by the post of a lead alone."""
    place, other = ("ping", "post") if form.ping is not None else ("post", "ping")
    reached, wrong = (target.ping, target.post) if place == "ping" else (target.post, target.ping)
    if wrong is not None and wrong.format == form.name:
        problem = f"{form.name} has {'a' if place == 'ping' else 'no'} ping"
        raise BindError(target.id, other, problem, f"[target.{place}] instead of it")
    if reached is None or reached.format != form.name:
        right = f"this one is {form.name!r}"
        raise BindError(target.id, f"{place}.format", "another format", right)
    return reached


def _table(form: BuyerFormat) -> str:
    return "post" if form.ping is None else "ping"


def _never(scope: Scope) -> HttpRequest:
    raise Unmapped("ping")


def _settings(form: BuyerFormat, target: Target, ping: PingTarget) -> dict[str, str]:
    for name, value in ping.settings.items():
        if name not in form.settings:
            right = f"{form.name} has: {', '.join(form.settings) or 'none'}"
            raise BindError(target.id, f"{_table(form)}.settings.{name}", "no such setting", right)
        if "{" in value:
            right = "settings are sent as they are written"
            at = f"{_table(form)}.settings.{name}"
            raise BindError(target.id, at, "a placeholder in it", right)
    read = {}
    for name, setting in form.settings.items():
        value = ping.settings.get(name, "") or setting.default
        if not value and not setting.optional:
            raise BindError(target.id, f"{_table(form)}.settings.{name}", "missing", setting.about)
        if value and setting.one_of and value not in setting.one_of:
            right = f"one of: {', '.join(setting.one_of)}"
            raise BindError(target.id, f"{_table(form)}.settings.{name}", f"found {value!r}", right)
        read[f"settings.{name}"] = value
    return read


def _secrets(
    form: BuyerFormat, target: Target, ping: PingTarget, secrets: Callable[[str], str]
) -> dict[str, str]:
    read = {}
    for name in ping.secrets:
        if name not in form.secrets:
            right = f"{form.name} has: {', '.join(form.secrets) or 'none'}"
            raise BindError(target.id, f"{_table(form)}.secrets.{name}", "no such secret", right)
    for name, about in form.secrets.items():
        if name not in ping.secrets:
            raise BindError(target.id, f"{_table(form)}.secrets.{name}", "missing", about)
        try:
            read[f"secret.{name}"] = secrets(ping.secrets[name])
        except LookupError:
            right = "put it into the vault under its reference"
            raise BindError(
                target.id, f"{_table(form)}.secrets.{name}", "not known", right
            ) from None
    return read


def _maker(target: Target, stage: str, form: RequestForm, known: Mapping[str, str]) -> Maker | None:
    try:
        return maker(form, known, ping_body_writer if stage == "ping" else body_writer)
    except Unmapped as unmapped:
        problem = f"no use for what it says of {unmapped.field}"
        raise BindError(target.id, stage, problem, "a value that the format can send") from None
    except ValueError as error:
        raise BindError(target.id, stage, str(error), "an address like https://host/path") from None


def _token(form: BuyerFormat, target: Target, known: Mapping[str, str]) -> BoundToken | None:
    if form.token is None:
        return None
    try:
        return bind_token(form.token, known)
    except Unmapped as unmapped:
        problem = f"no use for what it says of {unmapped.field}"
        raise BindError(target.id, "token", problem, "a value that the format can send") from None
    except ValueError as error:
        raise BindError(
            target.id, "token", str(error), "an address like https://host/path"
        ) from None


def _prefer(place: Place, known: Mapping[str, str]) -> str:
    return str(prepare(place.prefer, known)({}) or "") if place.prefer else ""


def _destination(target: Target) -> str:
    ring = destination(target.destination)
    if target.destination and not ring:
        right = "a number as +14155550100, or a sip: address"
        raise BindError(target.id, "destination", f"found {target.destination!r}", right)
    return ring
