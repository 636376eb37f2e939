"""Serve the web on a socket that is bound already."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import Any

from hypercorn.config import Config
from hypercorn.trio import serve

from auctiond.logs import hypercorn_logger

IDLE_S = 75.0  # A little over what proxies and carriers keep a connection for.
BACKLOG = 1024  # Connections nobody has taken yet: what comes while workers are being replaced.
GRACE_S = 1.0  # For requests under way when the server stops; calls have their own time.


async def serve_web(
    app: Any,  # noqa: ANN401  An ASGI application: Quart's or a bare one.
    bound: socket.socket,
    stop: Callable[[], Awaitable[object]],
) -> None:
    """Serve `app` until `stop` returns."""
    config = Config()
    config.bind = [f"fd://{bound.detach()}"]  # From here on it is hypercorn's to close.
    config.backlog = BACKLOG
    config.keep_alive_timeout = IDLE_S
    config.graceful_timeout = GRACE_S
    config.errorlog = hypercorn_logger()
    config.include_server_header = False
    await serve(app, config, shutdown_trigger=stop, mode="asgi")  # type: ignore[arg-type]
