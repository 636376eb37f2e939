"""The carrier as a process of its own, as the demo starts it."""

import subprocess
import sys
from functools import partial

import httpx2
import trio


async def test_the_carrier_runs_as_a_process_and_says_where_it_is():
    command = [sys.executable, "-m", "auctiond.sandbox.carrier", "--port", "0", "--hurry", "50"]
    async with trio.open_nursery() as nursery:
        start = partial(trio.run_process, command, stdout=subprocess.PIPE, check=False)
        process = await nursery.start(start)
        with trio.fail_after(30):
            lines = await read_lines(process.stdout, 2)
            url, key = (line.split()[-1] for line in lines[:2])
            async with httpx2.AsyncClient(base_url=url, trust_env=False) as http:
                assert (await http.get("/sandbox/key")).json() == {"public_key": key}
        nursery.cancel_scope.cancel()


async def read_lines(stream, count):
    text = b""
    while text.count(b"\n") < count:
        text += await stream.receive_some()
    return text.decode().splitlines()
