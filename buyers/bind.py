"""Join a format with one target: its url, settings and secrets, worked out once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from buyers.errors import BindError, Unmapped
from buyers.format import BuyerFormat, Place, RequestForm
from buyers.maker import Maker, maker
from buyers.path import finder
from buyers.phone import destination
from buyers.reader import (
    BidReader,
    PlaceReader,
    PriceReader,
    VerdictReader,
    bid_reader,
    place_reader,
    verdict_reader,
)
from buyers.template import prepare
from market.network import PingTarget, Target


@dataclass(frozen=True, slots=True, repr=False)
class BoundBuyer:
    """A target that can be asked. Secrets are inside its functions, and not in its repr."""

    format: str
    target: Target
    destination: str  # Where to ring when the bid does not say; "" for nowhere.
    make_ping: Maker
    bid: BidReader
    make_confirm: Maker | None
    make_cancel: Maker | None
    confirmation: VerdictReader | None
    confirmed_place: PlaceReader | None
    confirmed_price: PriceReader | None
    make_post: Maker | None
    posted: VerdictReader | None
    idempotent: bool  # Whether it tells a repeated post by its key.

    def __repr__(self) -> str:
        return f"BoundBuyer(format={self.format!r}, target={self.target.id!r})"


def bind(form: BuyerFormat, target: Target, secrets: Callable[[str], str]) -> BoundBuyer:
    """Return the target, ready to be asked. Raises BindError.

    `secrets` turns a reference of the target into the secret itself, or raises LookupError.
    """
    ping = target.ping
    if ping is None or ping.format != form.name:
        raise BindError(target.id, "ping.format", "another format", f"this one is {form.name!r}")
    known = {
        "url": ping.url,
        **_settings(form, target, ping),
        **_secrets(form, target, ping, secrets),
    }
    make_ping = _maker(target, "ping", form.ping, known)
    if make_ping is None:
        raise BindError(target.id, "ping.url", "missing", "an address, with https://")
    if not form.bid.price and target.price is None:
        right = "price = the static price of this target"
        raise BindError(target.id, "price", f"{form.name} answers without a price", right)
    confirm, post = form.confirm, form.post
    return BoundBuyer(
        format=form.name,
        target=target,
        destination=_destination(target),
        make_ping=make_ping,
        bid=bid_reader(form.bid, _prefer(form.bid.place, known)),
        make_confirm=_maker(target, "confirm", confirm.request, known) if confirm else None,
        make_cancel=_maker(target, "cancel", form.cancel, known) if form.cancel else None,
        confirmation=verdict_reader(confirm.verdict) if confirm else None,
        confirmed_place=place_reader(confirm.place, _prefer(confirm.place, known))
        if confirm
        else None,
        confirmed_price=PriceReader(finder(confirm.price), confirm.price_in_cents)
        if confirm and confirm.price
        else None,
        make_post=_maker(target, "post", post.request, known) if post else None,
        posted=verdict_reader(post.verdict) if post else None,
        idempotent=post is not None and post.idempotent,
    )


def _settings(form: BuyerFormat, target: Target, ping: PingTarget) -> dict[str, str]:
    for name, value in ping.settings.items():
        if name not in form.settings:
            right = f"{form.name} has: {', '.join(form.settings) or 'none'}"
            raise BindError(target.id, f"ping.settings.{name}", "no such setting", right)
        if "{" in value:
            right = "settings are sent as they are written"
            raise BindError(target.id, f"ping.settings.{name}", "a placeholder in it", right)
    read = {}
    for name, setting in form.settings.items():
        value = ping.settings.get(name, "") or setting.default
        if not value and not setting.optional:
            raise BindError(target.id, f"ping.settings.{name}", "missing", setting.about)
        if value and setting.one_of and value not in setting.one_of:
            right = f"one of: {', '.join(setting.one_of)}"
            raise BindError(target.id, f"ping.settings.{name}", f"found {value!r}", right)
        read[f"settings.{name}"] = value
    return read


def _secrets(
    form: BuyerFormat, target: Target, ping: PingTarget, secrets: Callable[[str], str]
) -> dict[str, str]:
    read = {}
    for name in ping.secrets:
        if name not in form.secrets:
            right = f"{form.name} has: {', '.join(form.secrets) or 'none'}"
            raise BindError(target.id, f"ping.secrets.{name}", "no such secret", right)
    for name, about in form.secrets.items():
        if name not in ping.secrets:
            raise BindError(target.id, f"ping.secrets.{name}", "missing", about)
        try:
            read[f"secret.{name}"] = secrets(ping.secrets[name])
        except LookupError:
            right = "put it into the vault under its reference"
            raise BindError(target.id, f"ping.secrets.{name}", "not known", right) from None
    return read


def _maker(target: Target, stage: str, form: RequestForm, known: Mapping[str, str]) -> Maker | None:
    try:
        return maker(form, known)
    except Unmapped as unmapped:
        problem = f"no use for what it says of {unmapped.field}"
        raise BindError(target.id, stage, problem, "a value that the format can send") from None
    except ValueError as error:
        raise BindError(target.id, stage, str(error), "an address like https://host/path") from None


def _prefer(place: Place, known: Mapping[str, str]) -> str:
    return str(prepare(place.prefer, known)({}) or "") if place.prefer else ""


def _destination(target: Target) -> str:
    ring = destination(target.destination)
    if target.destination and not ring:
        right = "a number as +14155550100, or a sip: address"
        raise BindError(target.id, "destination", f"found {target.destination!r}", right)
    return ring
