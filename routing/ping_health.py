"""How the pings to one target fare, and which of them are better not sent. Pure: time comes in.

Three answers to a target that does badly, each its own:

- Its limit of pings out at once adapts by additive increase and multiplicative decrease, as
  Netflix' concurrency-limits does it for clients: +1 for an answer while half of the limit is in
  use, x0.9 for a failure. One decrease a burst: pings that were out already when the limit was
  cut tell nothing new.
- The throttle leaves out a share of the pings that grows with the share of failures, as Prebid
  Server's does (`(bad - 0.2) / 0.8 * 0.9`), and so never more than nine of ten: the others are
  the probes by which a target comes back. No breaker that opens and closes. Prebid's window
  counts 1,000 requests, which a small buyer does not see in a day; ours is of time.
- A target whose usual answer takes longer than there is time left is spared nine of ten pings.
  Usual is the decayed geometric mean: of times that are lognormal, as answers nearly are, that
  is the median, and it costs no memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from market.health import HealthRules, Mode

MEMORY_S = 60.0  # After so long a failure weighs a third. Long enough for ten pings a minute.
PRIOR = 5.0  # Good answers that each target is thought to have given: one failure is chance.
THROTTLE_FROM = 0.2  # Share of failures. Google lets 15 % of answers be late.
HELD_MOST = 0.9  # So one of ten pings is sent whatever happened before.
CUT = 0.9
LIMIT_LEAST = 4.0  # Two of these may be stuck for seconds, and the target is still seen to recover.
USUAL_MEMORY_S = 600.0
USUAL_WEIGHT = 0.1  # Of the newest answer: four quick probes bring a slow target back.
USUAL_SAMPLES = 10.0  # With fewer nothing is usual.

Verdict = Literal["good", "bad", "none"]
BAD = {"timeout", "connect_error", "tls_error", "dropped"}
NOT_THEIRS = {"throttled", "refused_address"}  # We did not ask, so they did not answer.
NO_ANSWER = NOT_THEIRS | {"connect_error", "tls_error", "dropped"}


@dataclass(frozen=True, slots=True)
class HoldBack:
    reason: str
    mode: Mode  # "watch": it is only told.


def verdict_of(result: str, in_time: bool) -> Verdict:
    """Return what `result` ("bid", or a code of market/reasons.py) says of the target's server.

    A declined call is a good answer. A ping that was cut off in time was cut off by the end of
    its call, which is nobody's fault.
    """
    code, _, detail = result.partition(":")
    if code == "timeout":
        return "none" if in_time else "bad"
    if code in NOT_THEIRS:
        return "none"
    failed = code == "http" and (detail[:1] == "5" or detail == "429")
    return "bad" if code in BAD or failed or not in_time else "good"


def draw_of(seed: bytes, target: str) -> float:
    """Return the number, 0 to 1, that the call of `seed` has for `target`: always the same one."""
    return int.from_bytes(sha256(seed + target.encode()).digest()[:7], "big") / 2**56


@dataclass(slots=True)
class PingHealth:
    """Seconds are of one clock that never goes back."""

    rules: HealthRules  # In force at present: a new network may say otherwise.
    limit: float
    out: int = 0
    bad: float = 0.0  # Failures and all answers, both fading with time.
    heard: float = 0.0
    heard_s: float = 0.0  # When they were as great as that.
    cut_s: float = -math.inf
    usual_log: float = 0.0
    samples: float = 0.0
    sampled_s: float = 0.0

    def began(self) -> None:
        """A ping goes out."""
        self.out += 1

    def let_go(self) -> None:
        """A ping came to an end that tells nothing."""
        self.out -= 1

    def ended(self, result: str, began_s: float, now_s: float, deadline_s: float) -> None:
        """A ping that went out came to its end, whatever it was."""
        self.out -= 1
        in_time = now_s <= deadline_s
        verdict = "good" if in_time and result == "bid" else verdict_of(result, in_time)
        if verdict == "none":
            return
        fade = math.exp((self.heard_s - now_s) / MEMORY_S)
        self.heard, self.heard_s = self.heard * fade + 1, now_s
        if verdict == "good":
            self.bad *= fade
            if 2 * (self.out + 1) >= self.limit:
                self.limit = min(self.limit + 1, self.rules.pings_max)
        else:
            self.bad = self.bad * fade + 1
            self._cut(began_s, now_s)
        if verdict == "good" or result.partition(":")[0] not in NO_ANSWER:
            self._took(max(now_s - began_s, 1e-4), now_s)  # A timeout took as long at least.

    def _cut(self, began_s: float, now_s: float) -> None:
        if began_s >= self.cut_s:
            self.limit, self.cut_s = max(self.limit * CUT, LIMIT_LEAST), now_s

    def _took(self, took_s: float, now_s: float) -> None:
        self.samples = self.samples * math.exp((self.sampled_s - now_s) / USUAL_MEMORY_S) + 1
        self.sampled_s = now_s
        weight = max(USUAL_WEIGHT, 1 / self.samples)
        self.usual_log += weight * (math.log(took_s) - self.usual_log)

    def badness(self, now_s: float) -> float:
        """Return the share of failures, 0 to 1, of what is remembered."""
        fade = math.exp((self.heard_s - now_s) / MEMORY_S)
        return self.bad * fade / (self.heard * fade + PRIOR)

    def usual_s(self, now_s: float) -> float | None:
        """Return how long its answer usually takes; None: that is not known, or not any more."""
        known = self.samples * math.exp((self.sampled_s - now_s) / USUAL_MEMORY_S)
        return math.exp(self.usual_log) if known >= USUAL_SAMPLES else None

    def is_well(self, remaining_log: float) -> bool:
        """Tell at once that nothing speaks against a ping; `remaining_log`: of seconds left.

        Failures have not faded here yet, and they only do: who is well by this look is well.
        """
        return (
            self.out < int(self.limit)
            and self.bad <= THROTTLE_FROM * (self.heard + PRIOR)
            and (self.usual_log <= remaining_log or self.samples < USUAL_SAMPLES)
        )

    def hold_backs(self, remaining_s: float, now_s: float, draw: float) -> tuple[HoldBack, ...]:
        """Return why a ping that has `remaining_s` for its answer should not be sent.

        `draw` is the call's own number for this target, 0 to 1: one for both cases of chance, so
        that together too they leave one in ten.
        """
        found, rules = [], self.rules
        if self.out >= int(self.limit):
            found.append(HoldBack("throttled:limit", "on"))
        if rules.throttle != "off" and draw < held_share(self.badness(now_s)):
            found.append(HoldBack("throttled:health", rules.throttle))
        usual_s = self.usual_s(now_s)
        slow = usual_s is not None and usual_s > remaining_s
        if rules.skip_slow != "off" and slow and draw < HELD_MOST:
            found.append(HoldBack("too_slow", rules.skip_slow))
        return tuple(found)


def held_share(badness: float) -> float:
    """Return the share of pings that are not sent to a target of which `badness` fail."""
    return max(0.0, (badness - THROTTLE_FROM) / (1 - THROTTLE_FROM)) * HELD_MOST
