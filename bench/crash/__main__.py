"""`python -m bench.crash --rounds 200`: the test of twenty kills, at length, for the night.

Each round is told as it ends, with what is needed to play it again. Ends with 1 if in any of them
something acknowledged was lost, charged twice, or left otherwise than it should be.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
import trio

from bench.crash.moments import Moment, moment
from bench.crash.play import Crowd
from bench.crash.run import Lane, Round, run_rounds
from bench.crash.stage import IMPATIENT, PATIENT

CROWD = Crowd(calls=6, within_s=1.0)
RESTLESS = Crowd(calls=6, within_s=1.0, leave_s=(6.0, 9.0))  # Their carrier gives up soon.
LANES = ((CROWD, PATIENT), (CROWD, PATIENT), (RESTLESS, IMPATIENT))  # Most of a round is waiting.


@click.command()
@click.option("--rounds", type=click.IntRange(1, 10_000), default=200, show_default=True)
@click.option("--seed", type=int, default=11, show_default=True)
@click.option("--first", type=click.IntRange(0), default=0, help="The number of the first round.")
def main(rounds: int, seed: int, first: int) -> None:
    """Kill server and database in the middle of calls, and account for everything each time."""
    played: list[Round] = []

    def tell(one: Round) -> None:
        played.append(one)
        click.echo(f"{len(played):>4} of {rounds}: {one}")

    moments = [(no, moment(seed, no)) for no in range(first, first + rounds)]
    trio.run(_play, seed, moments, tell)
    bad = [one for one in played if one.found.all()]
    sold = sum(one.found.captured for one in played)
    click.echo(f"{len(played)} rounds, {sold} sales; {len(bad)} rounds with something wrong.")
    if bad:
        raise SystemExit(1)


async def _play(
    seed: int, moments: list[tuple[int, Moment]], tell: Callable[[Round], None]
) -> None:
    folders = [Path(tempfile.mkdtemp(prefix="auctiond-crash-")) for _ in LANES]
    try:
        async with trio.open_nursery() as nursery:
            for at, (folder, (crowd, patience)) in enumerate(zip(folders, LANES, strict=True)):
                folder.chmod(0o711)  # As root, the database's user must pass through.
                lane = Lane(folder, seed, tuple(moments[at :: len(LANES)]), crowd, patience)
                nursery.start_soon(run_rounds, lane, tell)
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(prog_name="python -m bench.crash")
