"""Clients are heard out before they are answered, and answered whole before they are left.

Who is refused early (no key, no such path) may have sent only the head of a request so far.
hypercorn then ends the connection within the last send, and tells the application that the client
has left; Quart cancels what it does for clients that left: that last send, so that the connection
stayed, and the next request on it waited for ever.
"""

from __future__ import annotations

from typing import Any

import trio
from quart import request
from quart_trio import QuartTrio

from auctiond.web.bare import App, Receive, Scope, Send
from auctiond.web.body import read_body


def hear_out(app: QuartTrio) -> None:
    """Have `app` read each body before anything else, and end each answer that it began to end."""
    app.before_request(_hear_out)
    app.asgi_app = _undisturbed(app.asgi_app)  # type: ignore[method-assign,assignment]


async def _hear_out() -> None:
    await read_body(request)  # It is kept; what is too long or too slow is refused here.


def _undisturbed(app: App) -> App:
    """Return `app`, which hears nothing more once the last of an answer is on its way."""

    async def whole(scope: Scope, receive: Receive, send: Send) -> None:
        ends = False

        async def hear() -> Any:  # noqa: ANN401  A message.
            message = await receive()
            if ends:
                await trio.sleep_forever()  # Until `app` has sent it, and is done.
            return message

        async def tell(message: dict[str, Any]) -> None:
            nonlocal ends
            ends = message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        if scope["type"] == "http":
            await app(scope, hear, tell)
        else:
            await app(scope, receive, send)

    return whole
