"""Calls on their way: which webhook comes next, which command is waited for, how each ended."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.load.signed_calls import Hook, SignedCall

TRIES = 3  # Of a webhook that is refused; then the carrier gives up.


@dataclass(slots=True)
class Stage:
    """All calls of a load, and the connections that are free to carry a webhook."""

    idle: deque[Callable[[Played, Hook], None]] = field(default_factory=deque)
    ready: deque[tuple[Played, Hook]] = field(default_factory=deque)
    by_leg: dict[str, Played] = field(default_factory=dict)
    ended: list[Played] = field(default_factory=list)
    held: list[Played] = field(default_factory=list)
    live: int = 0
    webhooks: int = 0  # That were taken.
    refused: int = 0
    is_over: bool = False  # Nothing more is played.
    on_end: Callable[[], None] = lambda: None

    def send(self, played: Played, hook: Hook) -> None:
        """Send a webhook by the next free connection.

        A carrier has one for each; ours are few, so what calls under way wait for goes first: else
        our own queue, and not the server, would hold them up.
        """
        if played.taken:
            self.ready.appendleft((played, hook))
        else:
            self.ready.append((played, hook))
        self.flush()

    def send_again(self, played: Played, hook: Hook) -> None:
        """Send a webhook that was refused, unless its call was let go of meanwhile."""
        if not played.over:
            self.send(played, hook)

    def drop_new(self) -> None:
        """Let go of the calls that no webhook was taken of: the load is over."""
        self.ready = deque(each for each in self.ready if each[0].taken)
        for played in set(self.by_leg.values()):
            if not played.taken:
                played.end("turned_away")

    def flush(self) -> None:
        """Give what is ready to whoever is free."""
        while self.ready and self.idle:
            self.idle.popleft()(*self.ready.popleft())

    def command(self, path: bytes, body: bytes) -> None:
        """The server gave a command."""
        ref = path.partition(b"/calls/")[2].partition(b"/")[0]
        played = self.by_leg.get(ref.replace(b"%3A", b":").decode())
        if played is not None:
            played.hear(path, body)


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

    @property
    def lives(self) -> bool:
        """Whether it goes on by itself: it is neither over nor held."""
        return not self.over and not self.is_held

    @property
    def is_held(self) -> bool:
        """Whether it waits in its talk."""
        return self.hold and self.at == self.call.talk

    def start(self) -> None:
        """Begin."""
        self.stage.live += 1
        for leg in self.call.legs:
            self.stage.by_leg[leg] = self
        self.go_on()

    def go_on(self) -> None:
        """Take the next step."""
        if self.at == len(self.call.steps):
            return self.end(self.how or "sold")
        if self.is_held:
            self.stage.held.append(self)
            return None
        step = self.call.steps[self.at]
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
        elif path.endswith((b"/actions/hangup", b"/actions/reject")):  # Nobody bought it.
            self.waits, self.how, self.at = b"", "unsold", self.call.last
        else:
            return False
        self.go_on()
        return True
