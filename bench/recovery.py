"""kill -9 under load, start again: what is lost, what is charged twice, and how long it takes.

Measures: rounds in which many calls come in, the server (and in a third of the rounds its
PostgreSQL) is killed at a seeded moment, is started again on the same folder, and all comes to
its end. `lost`: webhooks that were acknowledged, and talks that were heard of, without a record,
an end or a charge; `charged_twice`: calls with more than one charge in the ledger. Both are
counted from what the sandbox's carrier and buyers saw, against ledger and records, by the same
checker as the test of 20 kills. `s_to_ready`: from the start of the new process until it takes
calls again, PostgreSQL's own recovery and reviving all calls included; the median of the rounds.

Why: a call is money and a person; a crash may cost neither, and not for long either.

Cannot say: what a lost disk or a lying fsync does, or how it is with more than some hundred
calls live. `reviews` are holds left to a person because nobody could know the talk time.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import trio

from bench.crash.moments import Moment, moment
from bench.crash.play import Crowd
from bench.crash.run import Lane, Round, run_rounds
from bench.harness import Result, median

SEED = 7
ROUNDS, ROUNDS_QUICK = 4, 1
LOAD = Crowd(calls=150, within_s=6.0)  # 25 calls a second, all of them live at the kill.
LOAD_QUICK = Crowd(calls=60, within_s=4.0)
KILL_S = 4.0  # In the middle: some ring, some are asked, bid for, dialled, and talk.
IN_MIDDLE = Moment("", 0, KILL_S, with_postgres=True)


def measure(quick: bool) -> Result:
    """Return what was lost, and how long the new server took."""
    rounds: list[Round] = []
    moments = [(0, IN_MIDDLE), *((no, moment(SEED, no)) for no in range(1, ROUNDS))]
    load = LOAD_QUICK if quick else LOAD
    folder = Path(tempfile.mkdtemp(prefix="auctiond-bench-"))
    folder.chmod(0o711)  # As root, the database's user must pass through.
    try:
        lane = Lane(folder, SEED, tuple(moments[: ROUNDS_QUICK if quick else ROUNDS]), load)
        trio.run(run_rounds, lane, rounds.append)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for played in rounds:
        if played.found.all():
            print(played, file=sys.stderr)  # noqa: T201  Figures alone do not say what to mend.
    return Result(
        {
            "lost": sum(len(played.found.lost) for played in rounds),
            "charged_twice": sum(len(played.found.charged_twice) for played in rounds),
            "otherwise_wrong": sum(len(played.found.wrong) for played in rounds),
            "reviews": sum(played.found.reviews for played in rounds),
            "kills": len(rounds),
            "calls": sum(played.calls for played in rounds),
            "sold": sum(played.found.captured for played in rounds),
            "s_to_ready": median([played.ready_s for played in rounds]),
        }
    )
