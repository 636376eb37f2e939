"""Calls on their way: which webhook comes next, which command is waited for, how each ended."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from bench.load.played_stage import Stage
from bench.load.signed_calls import Hook, SignedCall, Step

TRIES = 3  # Of a webhook that is refused; then the carrier gives up.


@dataclass(slots=True, eq=False)
class Played:
    """One call on its way."""

    stage: Stage
    call: SignedCall
    hold: bool = False  # It stays in its talk until it is released.
    began: float = field(default_factory=time.monotonic)
    over: float = 0.0
    how: str = ""  # sold, unsold or turned_away.
    at: int = 0
    tries: int = 0
    taken: int = 0  # Webhooks of it that were acknowledged.
    hint: bytes = b""
    waits: bytes = b""
    heard: list[bytes] = field(default_factory=list)  # Commands, for which we may not wait yet.
    steps: tuple[Step, ...] = ()  # Of a call that is sold, until it is not.

    def __post_init__(self) -> None:
        self.steps = self.call.steps

    @property
    def lives(self) -> bool:
        """Whether it goes on by itself: it is neither over nor held."""
        return not self.over and not self.is_held

    @property
    def is_held(self) -> bool:
        """Whether it waits in its talk."""
        return self.hold and not self.how and self.at == self.call.talk

    def start(self) -> None:
        """Begin."""
        self.stage.live += 1
        for leg in self.call.legs:
            self.stage.by_leg[leg] = self
        self.go_on()

    def go_on(self) -> None:
        """Take the next step."""
        if self.at == len(self.steps):
            return self.end(self.how or "sold")
        if self.is_held:
            self.stage.held.append(self)
            return None
        step = self.steps[self.at]
        self.at += 1
        self.tries = 0
        if isinstance(step, Hook):
            return self.stage.send(self, step)
        self.waits = step.verb
        for path in self.heard:
            if self._moved_by(path):
                return None
        return None

    def hear(self, path: bytes, body: bytes) -> None:
        """Take a command; its webhook_url says how the next webhooks are addressed."""
        found = body.find(b"/hooks/telnyx?")
        if found >= 0:
            self.hint = body[found + 13 : body.index(b'"', found)]
        self.heard.append(path)
        if self.waits:
            self._moved_by(path)

    def acknowledged(self) -> None:
        """The server has taken our webhook."""
        self.stage.webhooks += 1
        self.taken += 1
        if self.over:  # It was let go of meanwhile.
            return
        self.go_on()

    def refused(self) -> bool:
        """The server has not; tell whether it is to be sent again."""
        self.stage.refused += 1
        self.tries += 1
        if self.over:  # It was let go of meanwhile.
            return False
        if self.tries < TRIES:
            return True
        self.end("turned_away" if self.taken == 0 else "broken")
        return False

    def release(self) -> None:
        """End the talk."""
        self.hold = False
        self.go_on()

    def end(self, how: str) -> None:
        """It is over."""
        self.how, self.over = how, time.monotonic()
        for leg in self.call.legs:
            self.stage.by_leg.pop(leg, None)
        self.stage.live -= 1
        self.stage.ended.append(self)
        self.stage.on_end()

    def _moved_by(self, path: bytes) -> bool:
        if path.endswith(self.waits):
            self.waits = b""
        elif self.how:  # It ends already.
            return False
        elif path.endswith(b"/actions/speak"):  # Nobody bought it, and the caller is told.
            self._turn_to(self.call.told)
        elif path.endswith((b"/actions/hangup", b"/actions/reject")):
            self._turn_to(self.call.told[-1:])
        else:
            return False
        self.go_on()
        return True

    def _turn_to(self, steps: tuple[Step, ...]) -> None:
        self.waits, self.how, self.steps, self.at = b"", "unsold", steps, 0
