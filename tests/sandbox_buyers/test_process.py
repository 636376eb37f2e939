"""The buyers in a process of their own, as the demo starts them."""

import subprocess
import sys
from functools import partial

import orjson
import trio

from tests.sandbox_buyers.client import ask, plain_ping


async def test_the_process_says_its_ports_and_ends_when_told():
    command = [sys.executable, "-m", "auctiond.sandbox.buyers", "--buyers", "2", "--laws", "fast"]
    async with trio.open_nursery() as nursery:
        run = partial(trio.run_process, command, stdout=subprocess.PIPE, check=False)
        process = await nursery.start(run)
        with trio.fail_after(30):
            ready = orjson.loads(await process.stdout.receive_some())
            assert (await ask(plain_ping(ready["ports"][1]))).status == 200
            process.terminate()
            assert await process.wait() == 0


def test_a_law_that_is_not_there_is_refused_by_name():
    command = [sys.executable, "-m", "auctiond.sandbox.buyers", "--laws", "fast,asleep"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "no law 'asleep'" in done.stderr
