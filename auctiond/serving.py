"""Serve the web on a socket that is bound already."""

from __future__ import annotations

import resource
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import trio
from hypercorn.config import Config

from auctiond.config import Settings
from auctiond.logs import hypercorn_logger
from auctiond.metrics import Metrics
from auctiond.web.express import WAYS, Refuse, Relay, Ways
from auctiond.web.front import GRACE_S, Guards, serve_guarded
from auctiond.web.guarded import IDLE_S, REQUEST_S

BACKLOG = 1024  # Connections nobody has taken yet: what comes while workers are being replaced.
FILES_MAX = 65_536  # Connections of clients, buyers and the database; many systems begin at 1024.


async def serve_web(
    app: Any,  # noqa: ANN401  An ASGI application: Quart's or a bare one.
    bound: socket.socket,
    stop: Callable[[], Awaitable[object]],
    guards: Guards | None = None,
    refuse: Refuse | None = None,
    relay: Relay | None = None,
    ways: Ways = WAYS,
) -> None:
    """Serve `app` until `stop` returns. The socket is then closed.

    What `refuse` answers at a glance, `app` never sees. `ways` is how the URLs begin that are
    served without hypercorn.
    """
    config = Config()
    config.keep_alive_timeout = IDLE_S + REQUEST_S  # The guards are first, and say why.
    config.graceful_timeout = GRACE_S
    config.errorlog = hypercorn_logger()
    config.include_server_header = False
    bound.listen(BACKLOG)
    listener = trio.SocketListener(trio.socket.from_stdlib_socket(bound))
    await serve_guarded(app, config, listener, stop, guards or Guards(), refuse, relay, ways)


def guards_of(settings: Settings, metrics: Metrics) -> Guards:
    """Return who may connect, as the settings say, and have it counted."""
    return Guards(settings.connections_per_address, lambda why: metrics.closed(why).inc())


def allow_files() -> None:
    """Let this process have as many files open as a busy server needs, if the system does."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(FILES_MAX, most) if most != resource.RLIM_INFINITY else FILES_MAX
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
