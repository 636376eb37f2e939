"""Twenty times the server is killed in the middle of calls; each time all is accounted for."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from bench.crash.moments import moment
from bench.crash.play import Crowd
from bench.crash.run import Lane, Round, run_rounds
from bench.crash.stage import IMPATIENT, PATIENT
from tests.conftest import quick_folder

ROUNDS = 20
SEED = int(os.environ.get("AUCTIOND_TEST_SEED", "11"))
CROWD = Crowd(calls=6, within_s=1.0)
# Where the carrier gives up, much is only found out by asking it, after deadlines. These
# callers have no time for that.
RESTLESS = Crowd(calls=6, within_s=1.0, leave_s=(6.0, 9.0))


@pytest.fixture
def folders() -> Iterator[list[Path]]:
    """A folder for each lane, which PostgreSQL's user may pass."""
    made = [Path(tempfile.mkdtemp(prefix="auctiond-kill-", dir=quick_folder())) for _ in range(3)]
    for folder in made:
        folder.chmod(0o711)
    yield made
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


async def test_nothing_is_lost_and_nobody_is_charged_twice_when_the_server_is_killed(
    folders, capsys
):
    """Three lanes at once, as most of a round is waiting. Play one again by its seed and number."""
    rounds: list[Round] = []

    def tell(played: Round) -> None:
        rounds.append(played)
        with capsys.disabled():
            sys.stdout.write(f"\n{played}")
            sys.stdout.flush()

    moments = [(no, moment(SEED, no)) for no in range(ROUNDS)]
    async with trio.open_nursery() as nursery:
        for folder, first, crowd, redelivery_s in (
            (folders[0], 0, CROWD, PATIENT),
            (folders[1], 1, CROWD, PATIENT),
            (folders[2], 2, RESTLESS, IMPATIENT),
        ):
            lane = Lane(folder, SEED, tuple(moments[first::3]), crowd, redelivery_s)
            nursery.start_soon(run_rounds, lane, tell)
    assert [str(played) for played in rounds if played.found.all()] == []
    assert len(rounds) == ROUNDS
    assert sum(played.found.captured for played in rounds) > ROUNDS  # Else nothing was tried.
