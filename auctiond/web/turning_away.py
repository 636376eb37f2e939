"""Turned away at the first glance: a webhook that begins a call for which there is no time.

In a flood each call comes several times, as its carrier does not give up at once, and to read all
of them took more than half of the loop. So here their bytes are looked at, before any parser.
Whoever sent it is told to come again, and that is all that comes of it: so it need not be genuine.
What is not plain at that glance is read as usual, and refused there if need be (`hooks.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from auctiond.web.hook_door import raw_problem
from auctiond.web.hooks import SHED, Hooks

END = b"\r\n\r\n"
POST = re.compile(rb"POST /hooks/([a-z0-9_-]{1,64}) HTTP/1\.1\r\n")
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,6})\r\n", re.IGNORECASE)
OTHERWISE = re.compile(  # What frames a request otherwise, or ends the connection.
    rb"\r\n(?:transfer-encoding|expect|upgrade|connection:(?![ \t]*keep-alive\r))", re.IGNORECASE
)
ANSWER = raw_problem(SHED)


@dataclass(frozen=True, slots=True)
class TurningAway:
    hooks: Hooks

    def __call__(self, data: bytes) -> bytes:
        """Return the answer to a request that is refused; b"": it is to be read."""
        if self.hooks.has_room():
            return b""
        found = POST.match(data)
        if found is None:
            return b""
        head, _, body = data[found.end() - 2 :].partition(END)
        head += b"\r\n"
        length = LENGTH.search(head)
        if length is None or int(length[1]) != len(body) or OTHERWISE.search(head):
            return b""
        if not self.hooks.begins(found[1].decode(), body):
            return b""
        self.hooks.shed(found[1].decode())
        return ANSWER
