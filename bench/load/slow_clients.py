"""Clients that send a byte a second, and clients that send nothing (slowloris)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

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
