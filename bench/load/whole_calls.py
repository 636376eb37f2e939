"""Whole calls at a rate, and what a while of them came to; and a handler that only answers."""

from __future__ import annotations

from dataclasses import dataclass

import trio

from bench.harness import cpu_s
from bench.load.callers import Order
from bench.load.hooks import Order as Hooks
from bench.load.other_side import OtherSide
from bench.load.starts import Punctuality
from bench.stages.networks import NUMBER
from bench.stages.webhooks import Stage
from bench.tools.histogram import Histogram, heard

SETTLES_S = 1.0  # What calls leave to do after their end takes no longer,
LOOK_S, RESTS = 0.2, 0.1  # and is over when less than a tenth of a core is used.
BARE_CALL = "01a22bb4-2e7d-7863-8f26-a7946c6ace47"  # Anybody's: nobody looks.


@dataclass(frozen=True, slots=True)
class Load:
    """What a while at one rate came to."""

    calls: int
    talked: int
    webhooks: int
    cpu_s: float
    seconds: float
    carrier_cpu_s: float
    took: Histogram
    maker: Punctuality

    @property
    def per_cpu_s(self) -> float:
        """Calls that came to a talk, in a CPU second: one that was refused would be a cheap one."""
        return self.talked / self.cpu_s

    @property
    def webhooks_per_call(self) -> float:
        return self.webhooks / self.calls


async def call(
    stage: Stage, people: OtherSide, rate: float, seconds: float, seed: int, *, timed: bool = False
) -> Load:
    """Let people call, and return what it came to when all calls are over."""
    stage.times.at.clear()
    stage.times.took, stage.times.on = Histogram(), timed
    cpu, carrier, start = cpu_s(), stage.carrier_cpu_s(), trio.current_time()
    seen = await people.carry_out(Order(stage.carrier, NUMBER, rate, seconds, seed))
    took_s = min(trio.current_time() - start, seconds)
    while stage.server.desk.live() or stage.server.base.call_log.waiting():  # noqa: ASYNC110
        await trio.sleep(0.05)
    await _until_it_rests()
    return Load(
        calls=seen["calls"],
        talked=seen["talked"],
        webhooks=seen["webhooks"],
        cpu_s=cpu_s() - cpu,
        seconds=took_s,
        carrier_cpu_s=stage.carrier_cpu_s() - carrier,
        took=stage.times.took,
        maker=Punctuality(heard(seen["late"]), seen["cpu_share"]),
    )


async def _until_it_rests() -> None:
    with trio.move_on_after(SETTLES_S):
        used_s = LOOK_S
        while used_s > RESTS * LOOK_S:
            before_s = cpu_s()
            await trio.sleep(LOOK_S)
            used_s = cpu_s() - before_s


async def bare_per_cpu_s(stage: Stage, client: OtherSide, path: str, count: int) -> float:
    """Return how many signed webhooks the handler takes in a CPU second that only answers 200."""
    cpu = cpu_s()
    seen = await client.carry_out(Hooks(stage.bare_port, [BARE_CALL], count, path))
    if seen["answered"] != count:
        raise RuntimeError(f"of {count}, {seen['answered']} were answered 200")
    return count / (cpu_s() - cpu)
