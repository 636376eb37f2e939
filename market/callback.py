"""A callback: a person asked to be called, by a form or in a call. Pure: data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal
from uuid import UUID

from market.value import dataclass

First = Literal["caller", "buyer"]  # Whose phone rings first.
FACTS = ("zip", "state")  # What a request may tell that is not personal.


@dataclass(frozen=True, slots=True)
class Consent:
    """The proof that the person asked for it. Without it nobody is called.

    On a form: the `text` agreed to, the page and the address it was sent from. In a call: which
    prompt was answered with which digit; the call is the proof, and says from which number.
    """

    given_ms: int = 0
    text: str = ""  # The words, or the name and version of the prompt.
    page_url: str = ""
    ip: str = ""
    certificate: str = ""  # Of TrustedForm or Jornaya, if there is one.
    call_id: UUID | None = None  # The call in which it was given.
    digit: str = ""


@dataclass(frozen=True, slots=True)
class CallbackWanted:
    """What is asked for. `number` and `personal` are sealed as soon as they are here."""

    campaign: str
    publisher: str  # "": that of the number which the campaign calls from.
    number: str = field(repr=False)  # E.164
    consent: Consent = field(repr=False)
    asked_ms: int = 0
    not_before_ms: int = 0  # 0: as soon as the law allows.
    facts: tuple[tuple[str, str], ...] = ()  # Of FACTS.
    personal: Mapping[str, str] = field(default_factory=dict, repr=False)  # name, email, ...
    key: str = ""  # The same key again is the same callback.


@dataclass(frozen=True, slots=True)
class CallbackTerms:
    """How a campaign calls people back."""

    number: str  # Ours, which the person sees; also one of the campaign's tracking numbers.
    first: First = "caller"
    attempts: int = 3  # In all, until somebody answers.
    attempts_per_day: int = 2  # Within 24 hours; the law of the person's state may allow fewer.
    again_after_s: float = 3600.0  # From the end of a call that nobody answered.
    ring_s: float = 25.0
    expires_after_s: float = 7 * 86_400.0  # Who asked a week ago has forgotten it.
    consent_days: int = 90  # An inquiry is one for three months (16 CFR 310.2).
    lookups: tuple[str, ...] = ()  # Names of look-ups that must say "clear" first.


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a callback now: dial, or not, and why."""

    action: Literal["dial", "later", "refuse"]
    reason: str = ""  # A code of market/reasons.py; with "later" what it waits for.
    at_ms: int = 0  # With "later": when to look again.
