"""The server that is killed: a process on one folder and port, as often as it is started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import trio

from auctiond.pg.remains import processes_in
from auctiond.sandbox.demo.processes import tail
from auctiond.sandbox.network import SECRET, SECRET_VALUE

START_S = 90.0  # For a machine that has much else to do.
POLL_S = 0.03


class StageError(Exception):
    """The stage cannot go on; the text is for the person who watches."""


@dataclass(slots=True)
class ServerProcess:
    """`auctiond serve` on one data folder and port, as often as it is killed."""

    folder: Path
    port: int
    process: trio.Process | None = None

    @property
    def postgres(self) -> Path:
        return self.folder / "data" / "postgres" / "pgdata"

    async def start(self) -> float:
        """Start it, and return after how many seconds it was ready."""
        began = trio.current_time()
        args = ("-m", "auctiond", "serve", "--config", str(self.folder / "auctiond.toml"))
        with (self.folder / "server.log").open("ab") as log:
            self.process = await trio.lowlevel.open_process(
                [sys.executable, *args],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {SECRET: SECRET_VALUE},
                start_new_session=True,
            )
        async with httpx2.AsyncClient(trust_env=False) as client:
            with trio.move_on_after(START_S):
                while self.process.returncode is None:
                    if await _is_ready(client, self.port):
                        return trio.current_time() - began
                    await trio.sleep(POLL_S)
        raise StageError(f"the server did not start:\n{tail(self.folder / 'server.log', 40)}")

    def kill(self, *, with_postgres: bool) -> None:
        """End it as a power cut would; its PostgreSQL at once, or by what it does as an orphan."""
        assert self.process is not None
        victims = processes_in(self.postgres) if with_postgres else set()
        self.process.kill()  # Nothing, if it is gone: its pid may be another's by now.
        for pid in victims:
            with suppress(ProcessLookupError):  # It went with its parent.
                os.kill(pid, signal.SIGKILL)

    async def wait(self) -> None:
        """Wait until it is gone."""
        assert self.process is not None
        await self.process.wait()

    async def stop(self) -> None:
        """Stop it as an operator would."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            with trio.move_on_after(START_S):
                await self.process.wait()
            self.process.kill()


async def _is_ready(client: httpx2.AsyncClient, port: int) -> bool:
    try:
        reply = await client.get(f"http://127.0.0.1:{port}/readyz")
    except httpx2.TransportError:
        return False
    return reply.is_success
