"""A wire on virtual time, whose buyers answer as a test has written."""

from __future__ import annotations

import math

import trio

from auctiond.net.wire import WireError
from market.http import HttpReply


class ScriptedFlight:
    def __init__(self, at, outcome, done):
        self.at, self.outcome, self.done = at, outcome, done
        self.over = False

    def cancel(self):
        self.over = True

    def land(self):
        if not self.over:
            self.over = True
            self.done(self.outcome())


class ScriptedWire:
    """Answers a ping after a time (or after waiting) with a body, a WireError, or a price."""

    def __init__(self, answers, nursery, body_of):
        self.answers, self.nursery, self.body_of = answers, nursery, body_of
        self.sent: list[bytes] = []
        self.flights: list[ScriptedFlight] = []

    def start(self, request, done):
        self.sent.append(request.body)
        after, answer = self.answers[request.url.rpartition("/")[2]]
        at = math.inf if callable(after) else trio.current_time() + after
        flight = ScriptedFlight(at, lambda: self._outcome(answer), done)
        self.flights.append(flight)
        self.nursery.start_soon(self._arrive, flight, after)
        return flight

    def look(self):
        for flight in [each for each in self.flights if each.at <= trio.current_time()]:
            self.flights.remove(flight)
            flight.land()

    async def _arrive(self, flight, after):
        await (after() if callable(after) else trio.sleep_until(flight.at))
        flight.at = -math.inf
        self.look()

    def _outcome(self, answer):
        if isinstance(answer, WireError):
            return answer
        body = answer if isinstance(answer, bytes) else self.body_of(answer)
        return HttpReply(200, (("content-type", "application/json"),), body)
