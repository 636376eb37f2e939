"""All calls of a load, and the connections that are free to carry a webhook."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.load.signed_calls import Hook

if TYPE_CHECKING:
    from bench.load.played_calls import Played


@dataclass(slots=True)
class Stage:
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
