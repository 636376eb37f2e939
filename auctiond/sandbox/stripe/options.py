"""What a sandbox Stripe is told when it starts: where webhooks go, and how badly it behaves."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Vices:
    """How often, of 1, a thing goes wrong that real processors do."""

    duplicated: float = 0.0  # A webhook comes twice, with the same id.
    twice_told: float = 0.0  # Two events, with two ids, tell of one change.
    reordered: float = 0.0  # A webhook is overtaken by later ones.
    lost: float = 0.0  # A webhook never comes.
    forged: float = 0.0  # A webhook is signed with another secret; the true one follows.
    limited: float = 0.0  # A request is answered 429, and not done.
    failing: float = 0.0  # A request is answered 500, and not done. Its key keeps the 500.
    failing_late: float = 0.0  # A request is done, and answered 500. Its key keeps the 500.
    slow: float = 0.0  # A request is done after a while: its key is in use until then.
    mute: float = 0.0  # A request is done, but its reply comes too late.
    cut: float = 0.0  # A request is done, and the connection breaks before the reply.


VICES = {
    "none": Vices(),
    "mild": Vices(duplicated=0.1, twice_told=0.05, reordered=0.1, limited=0.02),
    "wild": Vices(0.3, 0.2, 0.3, 0.1, 0.1, 0.1, 0.03, 0.05, 0.02, 0.02, 0.05),
}


@dataclass(frozen=True, slots=True)
class StripeOptions:
    hooks: str = ""  # Where webhooks go; none are sent while it is empty.
    port: int = 0  # 0: any that is free.
    seed: int = 0
    api_key: str = field(default="sk_test_sandbox", repr=False)
    hook_secret: str = field(default="whsec_sandbox", repr=False)
    vices: Vices = Vices()
    redelivery_s: tuple[float, ...] = (0.3, 0.6, 1.2, 2.4, 4.8, 9.6)
    webhook_timeout_s: float = 5.0
    late_s: float = 3.0  # How late what is slow is done, and what is mute is told.
