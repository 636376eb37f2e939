"""More than the server can do: ten times the load, slow clients, buyers that all die at once.

Measures, in this order, against a server as `auctiond serve` starts it, with its default settings:
  1. capacity: calls sold a second in a closed loop;
  2. 20 calls are brought into their talks, and stay there through all that follows;
  3. 120 % of the capacity, open loop: `goodput_at_120` is sold calls a second over the capacity;
  4. ten times the capacity, with 150 clients that send a byte a second and 100 that send nothing:
     `goodput_at_ten` likewise;
  5. 60 % of it: `recovery_s` is from the end of the ten times until calls are sold as they come,
     90 % of them in every half second from then on;
  6. the process of all buyers is stopped for 3 s and goes on: `buyers_recovery_s` likewise;
  7. the 20 calls hang up. `disturbed`: those that the server's records do not call sold.
     `acknowledged_lost`: calls whose first webhook got a 2xx and that are not on record.
New calls are refused at the door (503) when tasks start late; the carrier tries three times. Calls
count from the moment at which they should begin; generator_late_p99_ms, generator_cpu_share: how
punctual the carrier was with them, and the most of a core that it took (near 1, it was the limit).

Why: on its worst day a network sells most, and its server is to be the last that gives way.

Cannot say: what a carrier's own failover does with the calls that were turned away, or how it is
with more than 128 webhooks at once: of ten times the load, most calls wait for a connection of the
carrier's, and are let go of when the time is over. On a machine that others use the capacity moves
while this runs, and so all that is measured in terms of it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

from bench.harness import Curve, Latency, Result, buyers
from bench.load.carried import Ended, Load, sold_a_second
from bench.load.carrier_process import carrier
from bench.load.slow_clients import slow_clients
from bench.stages.served import served
from bench.tools.processes import descendants

BUYERS = 3
HELD = 20
CLOSED = 32  # Calls at once while the capacity is measured.
BIN_S, GOOD = 0.5, 0.9
STOP_AT_S, STOPPED_S = 2.0, 3.0
# Seconds of each phase: capacity, 120 %, ten times, after it, and with the buyers gone.
PHASES = (5.0, 6.0, 60.0, 6.0, 9.0)
PHASES_QUICK = (3.0, 3.0, 5.0, 4.0, 8.0)


def measure(quick: bool) -> Result:
    """Return what was disturbed, what was lost, and how long it took to be well again."""
    capacity_s, more_s, ten_s, after_s, gone_s = PHASES_QUICK if quick else PHASES
    with carrier() as process, buyers(BUYERS, Latency()) as ports:
        assert process.stdout is not None
        with served(1, int(process.stdout.readline()), ports) as server:
            load = Load(process, server)
            server.settle()
            load.closed(1.5, CLOSED)
            capacity = sold_a_second(load.closed(capacity_s, CLOSED), capacity_s)
            load.closed(5.0, HELD, hold=True)
            at_120 = sold_a_second(load.open(more_s, capacity * 1.2), more_s)
            with slow_clients(server.port):
                ten = load.open(ten_s, capacity * 10, patience_s=0.0)
            after = load.open(after_s, capacity * 0.6)
            stop = threading.Timer(STOP_AT_S, stop_for, (buyers_pid(), STOPPED_S))
            stop.start()
            gone = load.open(gone_s, capacity * 0.6)
            stop.join()
            held = [session for _, _, _, session in load.order(release=True)]
            known = load.on_record()
            assert process.stdin is not None
            process.stdin.close()
    sold = sum(known.get(session) == "sold" for session in held)
    return Result(
        {
            "capacity_calls_per_s": capacity,
            "offered_at_ten": ten_s * capacity * 10,
            "sold_per_s_at_ten": sold_a_second(ten, ten_s),
            "live_calls": HELD,
            "disturbed": HELD - sold,
            "acknowledged": len(load.acknowledged),
            "acknowledged_lost": len(load.acknowledged - known.keys()),
            "recovery_s": recovery_s(after, 0.0, after_s),
            "buyers_recovery_s": recovery_s(gone, STOP_AT_S + STOPPED_S, gone_s),
            "generator_late_p99_ms": load.late.percentile(0.99),
            "generator_cpu_share": load.cpu_share,
        },
        {
            "goodput_at_120": at_120 / capacity,
            "goodput_at_ten": sold_a_second(ten, ten_s) / capacity,
        },
        (
            timeline("After ten times the load", after, after_s),
            timeline("All buyers gone for three seconds", gone, gone_s),
        ),
    )


def timeline(title: str, calls: Ended, seconds: float) -> Curve:
    """Return what came in each half second, and what was sold of it."""
    lines: dict[str, list[tuple[float, float]]] = {"came": [], "of these sold": []}
    for n in range(int(seconds / BIN_S)):
        came = [how for began, _, how, _ in calls if n * BIN_S <= began < (n + 1) * BIN_S]
        lines["came"].append((n * BIN_S, len(came) / BIN_S))
        lines["of these sold"].append((n * BIN_S, came.count("sold") / BIN_S))
    return Curve(title, "seconds", "calls a second", lines)


def recovery_s(calls: Ended, since_s: float, seconds: float) -> float:
    """Return after how long calls are sold as they come, for good; if never, the whole time."""
    bins = [since_s + n * BIN_S for n in range(int((seconds - since_s) / BIN_S))]
    for start in reversed(bins):
        came = [how for began, _, how, _ in calls if start <= began < start + BIN_S]
        if came and sum(how == "sold" for how in came) < GOOD * len(came):
            return start + BIN_S - since_s
    return 0.0


def buyers_pid() -> int:
    """Return the process of the buyers, a child of ours."""
    for pid in descendants(os.getpid()):
        if b"bench.load.alike" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    raise RuntimeError("the buyers' process is not there")


def stop_for(pid: int, seconds: float) -> None:
    """Stop a process for a while: it takes connections, and answers nobody."""
    os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(pid, signal.SIGCONT)
