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
New calls for which there is no time are refused at the door (503); the carrier tries three times,
so at ten times the capacity most of what the server does is to refuse. A call counts from the
moment at which it should begin, and takes (`call_p50_ms_at_120`, `call_p50_ms_at_ten`) all from
there to its end, but for the talk. The carrier says how punctual it was (`generator_late_p99_ms`),
and the most of a core that it took (`generator_cpu_share`: near 1, it was the limit).

Why: on its worst day a network sells most, and its server is to be the last that gives way.

Cannot say: what a carrier's own failover does with the calls that were turned away, or how it is
with more than 128 webhooks at once. Goodput begins with the first call and lacks those under way
when the time is over: of some seconds that is a few hundredths. On a machine that others use the
capacity moves while this runs, and so all that is measured in terms of it.
"""

from __future__ import annotations

from bench.harness import Latency, Result, buyers
from bench.load.carried import Load, sold_a_second
from bench.load.carrier_process import carrier
from bench.load.gone_buyers import buyers_gone
from bench.load.recovered import recovery_s, timeline, took_ms
from bench.load.slow_clients import slow_clients
from bench.stages.served import served

BUYERS = 3
HELD = 20
CLOSED = 32  # Calls at once while the capacity is measured.
STOP_AT_S, STOPPED_S = 2.0, 3.0
# Seconds of each phase: capacity, 120 %, ten times, after it, and with the buyers gone.
PHASES = (5.0, 6.0, 60.0, 6.0, 9.0)
PHASES_QUICK = (3.0, 6.0, 5.0, 4.0, 8.0)


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
            more = load.open(more_s, capacity * 1.2)
            with slow_clients(server.port):
                ten = load.open(ten_s, capacity * 10, patience_s=0.0)
            after = load.open(after_s, capacity * 0.6)
            with buyers_gone(STOP_AT_S, STOPPED_S):
                gone = load.open(gone_s, capacity * 0.6)
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
            "call_p50_ms_at_120": took_ms(more, 0.5),
            "call_p50_ms_at_ten": took_ms(ten, 0.5),
            "generator_late_p99_ms": load.late.percentile(0.99),
            "generator_cpu_share": load.cpu_share,
        },
        {
            "goodput_at_120": sold_a_second(more, more_s) / capacity,
            "goodput_at_ten": sold_a_second(ten, ten_s) / capacity,
        },
        (
            timeline("After ten times the load", after, after_s),
            timeline("All buyers gone for three seconds", gone, gone_s),
        ),
    )
