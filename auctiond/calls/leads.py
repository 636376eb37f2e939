"""The personal data of live calls: in memory while the call lives, sealed in the database.

Nothing here is ever logged. A call itself carries none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

OVER_MAX = 4096  # What a call still has to say to its carrier is said within seconds of its end.


@dataclass(slots=True)
class Rung:
    """Several phones that ring at once, by the carrier's handles."""

    numbers: int = 100  # Until it is known: more than ever ring.
    refs: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)  # By us, or about to be.
    joined: set[str] = field(default_factory=set)  # Two, for a moment, where two answer at once.

    @property
    def is_over(self) -> bool:
        """Whether nobody is left: of those who were joined, or else of all."""
        if self.joined:
            return self.joined <= self.ended
        return len(self.ended) >= self.numbers


@dataclass(slots=True)
class Lead:
    """Who is calling, and the carrier's handles of the call's legs."""

    call_ref: str
    refs: dict[int, str]  # Leg -> the carrier's handle; 0 is the caller's.
    caller: str = ""  # E.164, or "" when withheld.
    attestation: str = ""
    bid: str = ""  # The bid of ours that the publisher says it comes for.
    personal: Mapping[str, str] = field(default_factory=dict)  # phone, name, email, street, ...
    heard: set[str] = field(default_factory=set)  # The carrier's ids of the news the call had.
    first_ms: dict[int, int] = field(default_factory=dict)  # Leg -> when the first of its news was.
    sessions: set[str] = field(default_factory=set)  # Phone calls of the carrier that we began.
    rung: dict[int, Rung] = field(default_factory=dict)  # By leg.
    rings: dict[int, bool] = field(default_factory=dict)  # Leg -> may it ring? See unrung.py.
    carrier: str = ""  # By whose lines the call came, or goes out.

    def __repr__(self) -> str:
        return "Lead(...)"


class Leads:
    def __init__(self) -> None:
        self._by_call: dict[UUID, Lead] = {}
        self._by_ref: dict[str, UUID] = {}
        self._was_by: dict[UUID, str] = {}

    def put(self, call_id: UUID, lead: Lead) -> None:
        """Keep `lead` while its call lives."""
        self._by_call[call_id] = lead
        self._by_ref[lead.call_ref] = call_id

    def get(self, call_id: UUID) -> Lead:
        """Return the lead of a live call. Raises KeyError when the call is over."""
        return self._by_call[call_id]

    def carrier_of(self, call_id: UUID) -> str:
        """Return whose lines a call goes by, or went by if it is just over; "" of any other."""
        lead = self._by_call.get(call_id)
        return lead.carrier if lead is not None else self._was_by.get(call_id, "")

    def call_of(self, call_ref: str) -> UUID | None:
        """Return the live call behind the carrier's handle of it."""
        return self._by_ref.get(call_ref)

    def learn_leg(self, call_id: UUID, leg: int, ref: str, at_ms: int) -> None:
        """Remember the carrier's handle of a leg, and that it was there at `at_ms`."""
        lead = self._by_call.get(call_id)
        if lead is not None:
            lead.refs.setdefault(leg, ref)
            lead.first_ms[leg] = min(at_ms, lead.first_ms.get(leg, at_ms))

    def learn_session(self, call_id: UUID, call_ref: str) -> bool:
        """Remember by what handle the carrier knows a phone call of ours; tell if that is new."""
        lead = self._by_call.get(call_id)
        if lead is None or not call_ref or call_ref in (lead.call_ref, *lead.sessions):
            return False
        lead.sessions.add(call_ref)
        self._by_ref[call_ref] = call_id
        return True

    def forget(self, call_id: UUID) -> None:
        """The call is over: its data is now only in the database, sealed."""
        lead = self._by_call.pop(call_id, None)
        if lead is not None:
            self._was_by[call_id] = lead.carrier
            if len(self._was_by) > OVER_MAX:
                del self._was_by[next(iter(self._was_by))]
            for ref in (lead.call_ref, *lead.sessions):
                self._by_ref.pop(ref, None)
