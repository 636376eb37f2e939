"""The carrier's exchange: all its calls, phones and legs, and who gets which command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import trio

from auctiond.sandbox.carrier.account import Account
from auctiond.sandbox.carrier.clock import Clock
from auctiond.sandbox.carrier.hooks import Hooks, Line
from auctiond.sandbox.carrier.jambonz import Jambonz
from auctiond.sandbox.carrier.leg import Leg, status
from auctiond.sandbox.carrier.options import HOOK_SECRET, CarrierOptions
from auctiond.sandbox.carrier.phone_call import PhoneCall, Surroundings
from auctiond.sandbox.carrier.phones import Order, Phone, Script, phone_by_law
from auctiond.sandbox.carrier.player import Player
from auctiond.sandbox.carrier.refusals import Refused
from auctiond.sandbox.carrier.tape import URL_MS, Tape
from auctiond.sandbox.carrier.twilio import Twilio
from auctiond.sandbox.carrier.verbs import VERBS

LIVE_MAX = 5_000  # Calls at once: more than any test, less than would hurt the machine.
KEPT_MAX = 20_000  # Calls remembered, the live ones too; the oldest that ended is forgotten.
PHONES_MAX = 20_000
REPLIES_MAX = 200  # Commands of one leg remembered, to do a repeated one only once.
ENDED = Refused("90018", "Call has already ended")
OK: dict[str, Any] = {"data": {"result": "ok"}}
Reply = tuple[int, Any]
NOTHING: Mapping[str, Any] = {}


class Full(Exception):
    """The exchange has as many calls, or phones, as it takes."""


class Exchange:
    def __init__(self, options: CarrierOptions, hooks: Hooks, carriers: trio.Nursery) -> None:
        self.hooks = hooks
        self.calls: dict[str, PhoneCall] = {}
        self.phones: dict[str, Phone] = {}
        self.options = options
        self.hook_url = options.hooks
        self.account = Account(options.protocol, options.hooks)
        self.base_url = ""  # Where files are fetched; known once the carrier listens.
        self.tapes: dict[str, Tape] = {}
        self._nursery = carriers
        self._clock = Clock()
        self._legs: dict[str, tuple[PhoneCall, Leg]] = {}
        self._placed = 0
        self._dialled: dict[str, Reply] = {}
        self._live = 0
        self._chance = Random(f"{options.seed}:replies")
        self._player = _player(options, hooks)

    def dial(self, fields: Mapping[str, Any]) -> Reply:
        """Ring somebody for us, once for each command. Raises Full."""
        id_ = str(fields.get("command_id", ""))
        if id_ in self._dialled:
            return self._dialled[id_]
        to, ours = fields.get("to"), fields.get("from")
        if not isinstance(to, str) or not to or not isinstance(ours, str) or not ours:
            return 422, _errors(Refused("10015", "to and from say who is rung, and by whom"))
        phone = self.phones.get(to)
        script = phone.script if phone is not None and phone.script is not None else Script()
        call = self.place(Order(ours, to, script=script, outgoing=True), fields)
        told = status(call.a) | {"is_alive": False}
        self.options.watcher.commanded(call.session, "dial")
        reply = 200, {"data": told}
        if id_ and len(self._dialled) < KEPT_MAX:
            self._dialled[id_] = reply
        return reply

    def place(self, order: Order, fields: Mapping[str, Any] = NOTHING) -> PhoneCall:
        """Let a phone call us, or ring one for us. Raises Full."""
        if self._live >= LIVE_MAX:
            raise Full
        self._placed += 1
        seed = f"{self.options.seed}:{self._placed}"
        line = Line(Random(seed + ":vices"), self.options.vices)
        tell = partial(self.hooks.tell, line)
        around = Surroundings(
            self.options,
            self.hook_url,
            self._clock,
            tell,
            self._phone_of,
            self._added,
            self._taped,
        )
        if self._player is not None:
            heard = partial(self._player.heard, line)
            number = self.account.number.get("voice_fallback_url")
            fallback = fields.get("fallback_url") if order.outgoing else number
            around = replace(
                around,
                fallback_url=str(fallback or ""),
                new_ref=self._player.dialect.new_ref,
                heard=heard,
            )
        call = PhoneCall(order, Random(seed), around, fields)
        self.calls[call.session] = call
        self._nursery.start_soon(self._run, call)
        self._forget()
        return call

    def command(self, ref: str, verb: str, fields: Mapping[str, Any]) -> Reply:
        """Do what a command says, once; return the carrier's reply."""
        found = self._legs.get(ref)
        if found is None:
            return 404, _errors(Refused("10005", "Resource not found"))
        call, leg = found
        id_ = str(fields.get("command_id", ""))
        if id_ in leg.replies:
            return leg.replies[id_]
        reply = self._obey(call, leg, verb, fields)
        if id_ and len(leg.replies) < REPLIES_MAX:
            leg.replies[id_] = reply
        return reply

    def find(self, ref: str) -> tuple[PhoneCall, Leg] | None:
        """Return a leg and its call, by the leg's handle."""
        return self._legs.get(ref)

    def legs(self) -> list[tuple[PhoneCall, Leg]]:
        """Return all legs that are remembered, each with its call."""
        return list(self._legs.values())

    def go_on_at(self, call: PhoneCall, leg: Leg, url: str) -> None:
        """Tear off the document that a leg is played, and go on with that at `url`."""
        assert self._player is not None
        self._player.redirect(call, leg, url)

    def ring(self, fields: Mapping[str, Any], answer_url: str) -> PhoneCall:
        """Ring somebody for us, and play what is at `answer_url` once they answer. Raises Full."""
        assert self._player is not None
        phone = self.phones.get(str(fields["to"]))
        script = phone.script if phone is not None and phone.script is not None else Script()
        order = Order(str(fields["from"]), str(fields["to"]), script=script, outgoing=True)
        call = self.place(order, fields)
        self._player.answer_with(call.a, answer_url)
        return call

    def status(self, ref: str) -> Reply:
        """Tell how a leg is."""
        found = self._legs.get(ref)
        if found is None:
            return 404, _errors(Refused("10005", "Resource not found"))
        return 200, {"data": status(found[1])}

    def set_phone(self, number: str, phone: Phone) -> None:
        """Have `number` behave so from its next ring on. Raises Full."""
        if number not in self.phones and len(self.phones) >= PHONES_MAX:
            raise Full
        self.phones[number] = phone

    def reset(self) -> None:
        """Forget all calls and phones; no webhook tells of it."""
        for call in self.calls.values():
            call.scope.cancel()
        self.calls.clear()
        self._legs.clear()
        self.phones.clear()
        self._dialled.clear()
        self.tapes.clear()

    def has_vice(self, rate: float) -> bool:
        """Draw whether a thing goes wrong that does at `rate`."""
        return self._chance.random() < rate

    def _obey(self, call: PhoneCall, leg: Leg, verb: str, fields: Mapping[str, Any]) -> Reply:
        if verb not in VERBS:
            return 404, _errors(Refused("10005", "Resource not found"))
        if not leg.alive:
            return 422, _errors(ENDED)
        call.commanded.set()
        before = leg.client_state
        if verb != "dial":  # There it is the other leg's.
            leg.client_state = str(fields.get("client_state", before or "")) or None
        try:
            VERBS[verb](call, leg, fields)
        except Refused as refused:
            leg.client_state = before
            return 422, _errors(refused)
        self.options.watcher.commanded(call.session, verb)
        return 200, OK

    def file(self, id_: str) -> bytes | None:
        """Return a recording, or None: there is none, or its address is too old."""
        tape = self.tapes.get(id_)
        if tape is None or not tape.ended_ms or self._clock.now_ms() - tape.ended_ms > URL_MS:
            return None
        return tape.wav()

    def _taped(self, tape: Tape) -> str:
        self.tapes[tape.id] = tape
        if len(self.tapes) > KEPT_MAX:
            del self.tapes[next(iter(self.tapes))]
        return f"{self.base_url}/media/{tape.id}.wav"

    def _added(self, call: PhoneCall, leg: Leg) -> None:
        self._legs[leg.ref] = (call, leg)

    async def _run(self, call: PhoneCall) -> None:
        self._live += 1
        await call.run()
        self._live -= 1

    def _phone_of(self, number: str, rng: Random) -> Phone:
        return self.phones.get(number) or phone_by_law(rng)

    def _forget(self) -> None:
        if len(self.calls) <= KEPT_MAX:
            return
        oldest = next((call for call in self.calls.values() if call.state == "ended"), None)
        if oldest is not None:
            del self.calls[oldest.session]
            for leg in (oldest.a, *oldest.dialled):
                self._legs.pop(leg.ref, None)


def _player(options: CarrierOptions, hooks: Hooks) -> Player | None:
    match options.protocol:
        case "twilio":
            hooks.dialect = Twilio(options.api_key)
        case "jambonz":
            hooks.dialect = Jambonz(HOOK_SECRET)
    return Player(hooks.dialect, hooks) if hooks.dialect is not None else None


def _errors(refused: Refused) -> dict[str, Any]:
    return {"errors": [{"code": refused.code, "title": refused.title}]}
