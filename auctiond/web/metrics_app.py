"""What one worker tells about itself: a bare ASGI application on a port of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from auctiond.metrics import CONTENT_TYPE, Metrics
from auctiond.workers.scope import App, Receive, Scope, Send, send_answer


def make_metrics_app(metrics: Metrics, why_not_ready: Callable[[], Awaitable[str]]) -> App:
    """Return the application: /metrics, /healthz and /readyz of this process alone."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _live(receive, send)
        status, body = await _answer(scope["path"], metrics, why_not_ready)
        kind = CONTENT_TYPE if scope["path"] == "/metrics" else "text/plain"
        await send_answer(send, status, [(b"content-type", kind.encode())], body)

    return app


async def _live(receive: Receive, send: Send) -> None:
    """Say that we have started and stopped, as hypercorn wants it."""
    while True:
        told = (await receive())["type"]
        await send({"type": f"{told}.complete"})
        if told == "lifespan.shutdown":
            return


async def _answer(
    path: str, metrics: Metrics, why_not_ready: Callable[[], Awaitable[str]]
) -> tuple[int, bytes]:
    match path:
        case "/metrics":
            return 200, metrics.render()
        case "/healthz":
            return 200, b"ok\n"
        case "/readyz":
            why_not = await why_not_ready()
            return (503, why_not.encode() + b"\n") if why_not else (200, b"ok\n")
    return 404, b"here are /metrics, /healthz and /readyz\n"
