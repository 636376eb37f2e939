"""What goes wrong while a server is measured: clients that waste its time, buyers that all die."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.stages.served import descendants

DRIPPING, SILENT = 150, 100


@contextmanager
def slow_clients(port: int) -> Iterator[None]:
    """Have clients that send a byte a second, and clients that send nothing, for a while."""
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(DRIPPING + SILENT)]
    over = threading.Event()

    def drip() -> None:
        while not over.wait(1.0):
            for client in clients[:DRIPPING]:
                try:
                    client.send(b"x")
                except OSError:  # The server has ended it.
                    continue

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for client in clients:
            client.close()


@contextmanager
def buyers_gone(after_s: float, for_s: float) -> Iterator[None]:
    """Stop the process of all buyers for a while: it takes connections, and answers nobody."""
    stop = threading.Timer(after_s, _stop_for, (_buyers_pid(), for_s))
    stop.start()
    yield
    stop.join()


def _buyers_pid() -> int:
    for pid in descendants(os.getpid()):
        if b"bench.harness" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    raise RuntimeError("the buyers' process is not there")


def _stop_for(pid: int, seconds: float) -> None:
    os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(pid, signal.SIGCONT)
