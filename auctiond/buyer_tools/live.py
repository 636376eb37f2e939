"""`auctiond buyer test --live`: one test ping to a buyer, printed with secrets masked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import click
import trio
from rich.console import Console

from auctiond.buyer_tools.find import settings_of
from auctiond.config import Settings
from auctiond.keys.secret import BuyerSecrets, SecretError
from auctiond.net.wire import WireError, WireOptions, open_wire
from auctiond.networks.reading import read_file
from auctiond.show.exchange import show_exchange, show_lines, show_read
from auctiond.show.masking import mask_of
from buyers.ask import Ask
from buyers.bind import BoundBuyer, bind
from buyers.cases import ask_from, result_of
from buyers.codec import make_ping, read_bid
from buyers.errors import BindError, Unmapped
from buyers.format import BuyerFormat, Trial
from buyers.token import read_token
from market.bids import BuyerId, TargetId
from market.http import HttpReply, HttpRequest
from market.money import Micros
from market.network import PingTarget, Target
from routing.network_file import NetworkError

ANSWER_S = 10.0  # Far longer than an auction waits: here we want to see the answer.
NOWHERE = "sip:the-targets-own@number.invalid"  # Where a bid brings no number of its own.
ANYBODY = {"state": "NY", "zip": "10001", "area_code": "212", "vertical": "test"}
PRICE_MAX = Micros(10_000_000_000)

F = TypeVar("F", bound=Callable[..., object])
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """Who is asked, and what. `network` and `target` instead of the rest."""

    url: str | None = None
    settings: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    network: Path | None = None
    target: str | None = None


NOTHING = LiveOptions()


@dataclass(slots=True)
class Heard:
    """Looks secrets up, and remembers them, so that none of them is printed."""

    look_up: Callable[[str], str]
    values: list[str] = field(default_factory=list)

    def __call__(self, reference: str) -> str:
        """Return the secret that `reference` names. Raises SecretError."""
        value = self.look_up(reference)
        self.values.append(value)
        return value


def options(command: F) -> F:
    """Add the options of a live test to a command."""
    for option in (
        click.option("--target", help="The target of --network to ask."),
        click.option(
            "--network",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="A network file, to take url, settings and secrets from.",
        ),
        click.option("--ask", multiple=True, metavar="NAME=VALUE", help="A word of the question."),
        click.option(
            "--secret", "secrets", multiple=True, metavar="NAME=REF", help="As env:X or file:X."
        ),
        click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting."),
        click.option("--url", help="The buyer's address."),
    ):
        command = option(command)
    return command


def run(console: Console, form: BuyerFormat, given: LiveOptions, config: Path | None) -> None:
    """Send one ping in the buyer's test mode, and print what was said and read."""
    trial = form.test
    if trial is None:
        raise click.ClickException(
            f"{form.file} has no [test]: this ping would be a real one. Write [test.request] with "
            "what marks a test, or [test.ask] with a zip that is only for tests"
        )
    settings = settings_of(config)
    target = _target(form, given)
    secrets = Heard(BuyerSecrets(settings.secrets_path, settings.own_references))
    now_ms = time.time_ns() // 1_000_000
    try:
        buyer = bind(replace(form, ping=trial.ping), target, secrets)
        token = _token(console, settings, buyer, secrets)
        request = make_ping(buyer, _ask(form, trial, given, now_ms), token)
    except (BindError, SecretError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    except Unmapped as error:
        right = f"give it with --ask {error.field}=..., or see [maps] of {form.file}"
        raise click.ClickException(f"the format has no word for {error.field}: {right}") from None
    _check_address(trial, request)
    mask = mask_of(secrets.values)
    if trial.about:
        show_lines(console, "test mode", trial.about)
    show_exchange(console, "ping", request, None, mask)
    reply, ms = _asked(settings, request)
    show_exchange(console, "ping", None, reply, mask)
    read = result_of(read_bid(buyer, reply, time.time_ns() // 1_000_000))
    show_read(console, {name: mask(str(value)) for name, value in read.items()} | {"after": ms})


def _token(console: Console, settings: Settings, buyer: BoundBuyer, heard: Heard) -> str:
    """Return the token that the buyer wants to see, fetched now and printed masked; or ""."""
    if buyer.token is None:
        return ""
    show_exchange(console, "token", buyer.token.request, None, mask_of(heard.values))
    reply, _ = _asked(settings, buyer.token.request)
    token = read_token(buyer.token, reply, time.time_ns() // 1_000_000)
    if token is None:
        show_exchange(console, "token", None, reply, mask_of(heard.values))
        raise click.ClickException("there is no token to be read in that answer")
    heard.values.append(token.text)
    show_exchange(console, "token", None, reply, mask_of(heard.values))
    return token.text


def _check_address(trial: Trial, request: HttpRequest) -> None:
    if trial.url_has not in request.url:
        raise click.ClickException(
            f"the address has no {trial.url_has!r}: this ping would be a real one. "
            f"{trial.about or 'Give the test address with --url'}"
        )


def _asked(settings: Settings, request: HttpRequest) -> tuple[HttpReply, str]:
    answered = trio.run(_ask_once, settings, request)
    if isinstance(answered, str):
        raise click.ClickException(f"no answer: {answered}")
    return answered


async def _ask_once(settings: Settings, request: HttpRequest) -> tuple[HttpReply, str] | str:
    """Return the answer and how long it took, or why there is none."""
    wire_options = WireOptions(
        allowed_networks=settings.ping_allowed_networks, ca_file=settings.ping_ca_file
    )
    async with open_wire(wire_options) as wire:
        start = trio.current_time()
        try:
            with trio.fail_after(ANSWER_S):
                reply = await wire.send(request)
        except WireError as error:
            return str(error)
        except trio.TooSlowError:
            return f"within {ANSWER_S:.0f} s"
        return reply, f"{(trio.current_time() - start) * 1000:.0f} ms"


def _target(form: BuyerFormat, given: LiveOptions) -> Target:
    if given.network is not None or given.target is not None:
        if given.network is None or given.target is None or given.settings or given.secrets:
            raise click.ClickException(
                "give --network with --target, and neither --set nor --secret, which it has itself"
            )
        return _from_network(form, given.network, given.target, given.url)
    return Target(
        id=TargetId("test"),
        buyer=BuyerId("test"),
        ping=PingTarget(
            format=form.name,
            url=given.url or "",
            settings=_pairs("--set", given.settings),
            secrets=_pairs("--secret", given.secrets),
        ),
        price=None if form.bid.price else Micros(1_000_000),
        price_max=PRICE_MAX,
        destination=NOWHERE,
    )


def _from_network(form: BuyerFormat, file: Path, name: str, url: str | None) -> Target:
    try:
        network = read_file(file, None)
    except (NetworkError, OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from None
    target = next((one for one in network.targets if one.id == name), None)
    if target is None or target.ping is None:
        names = ", ".join(one.id for one in network.targets if one.ping) or "none"
        raise click.ClickException(f"{file} pings no target {name!r}; it pings: {names}")
    ping = replace(target.ping, url=url or target.ping.url)
    if ping.format != form.name:
        raise click.ClickException(f"target {name} has the format {ping.format!r}")
    return replace(target, ping=ping, destination=target.destination or NOWHERE)


def _ask(form: BuyerFormat, trial: Trial, given: LiveOptions, now_ms: int) -> Ask:
    example = form.cases[0].ask if form.cases else {}
    usual = {"auction_id": f"test-{now_ms}"}
    words = {**ANYBODY, **example, **usual, **trial.ask, **_pairs("--ask", given.ask)}
    return ask_from(words, now_ms)


def _pairs(option: str, written: tuple[str, ...]) -> Mapping[str, str]:
    pairs = {}
    for one in written:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise click.ClickException(f"{option} {one}: write NAME=VALUE")
        pairs[name] = value
    return pairs
