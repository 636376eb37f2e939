"""The listening socket, taken before anything else: a port in use is told at once."""

from __future__ import annotations

import errno
import socket

from auctiond.start_error import StartError

WHY = {
    errno.EADDRINUSE: "another program listens there (another auctiond, perhaps); "
    "stop it, or choose another port",
    errno.EADDRNOTAVAIL: "this machine has no such address; 0.0.0.0 is all of them",
    errno.EACCES: "ports under 1024 are for root; choose another, with a proxy in front",
}


def bind_listener(listen: str, key: str = "listen") -> socket.socket:
    """Return a socket bound to `listen` ("host:port"), not listening yet. Raises StartError.

    `key` is the setting that says so.
    """
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise StartError(f"{key}: {listen}: there is no host {host!r}") from None
    bound = socket.socket(family, kind)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        why = WHY.get(error.errno or 0, str(error.strerror))
        raise StartError(f"{key}: cannot listen on {listen}: {why}") from None
    return bound


def bind_metrics(listen: str, count: int) -> list[socket.socket]:
    """Return sockets for the metrics of so many workers: at `listen`, and the ports after it."""
    host, _, port = listen.rpartition(":")
    bound: list[socket.socket] = []
    try:
        for n in range(count if listen else 0):
            own = f"{host}:{int(port) + n if int(port) else 0}"  # Port 0: any that is free.
            bound.append(bind_listener(own, "metrics_listen"))
    except StartError:
        for each in bound:
            each.close()
        raise
    return bound


def address_of(bound: socket.socket) -> str:
    """Return where a socket is bound, as host:port: with the port it got, if it asked for any."""
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
