"""`python -m auctiond.sandbox.sip`: the sandbox carrier's people, on real SIP phones.

It has the doors of the sandbox carrier that a demo uses; see auctiond/sandbox/carrier/app.py.
GET /sandbox/settings is the server's part of it.
"""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import click
import orjson
import trio
from hypercorn.config import Config
from hypercorn.trio import serve

from auctiond.sandbox.script import phones
from auctiond.sandbox.sip.edge import SwitchFailed
from auctiond.sandbox.sip.people import Json, People, missing, open_people

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@click.command()
@click.option("--server", required=True, help="Where the server is, or will be.")
@click.option("--folder", required=True, type=click.Path(path_type=Path), help="For all files.")
@click.option("--buyers", default=12, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(server: str, folder: Path, buyers: int, seed: int) -> None:
    """Run both switches of edge/, and people who call them and are called by them."""
    if lacks := missing():
        raise click.ClickException(lacks)
    numbers = [str(one["number"]) for one in phones(seed, buyers)]
    try:
        trio.run(run, server, folder, numbers)
    except* SwitchFailed as group:
        raise click.ClickException(str(group.exceptions[0])) from None


async def run(server: str, folder: Path, numbers: list[str]) -> None:
    """Serve until a signal comes."""
    config = Config()
    config.bind, config.loglevel = ["127.0.0.1:0"], "ERROR"
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with open_people(server, folder, numbers) as people, trio.open_nursery() as nursery:
            binds = await nursery.start(partial(serve, cast("Any", App(people)), config))
            click.echo(f"url {binds[0]}")
            async for _ in signals:
                nursery.cancel_scope.cancel()


class App:
    """A bare ASGI application."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for _ in ("startup", "shutdown"):
                await send({"type": (await receive())["type"] + ".complete"})
        elif scope["type"] == "http":
            body, more = b"", True
            while more:
                message = await receive()
                body, more = body + message.get("body", b""), message.get("more_body", False)
            parts = str(scope["path"]).split("/")[2:]
            status, told = await self._answer(scope["method"], parts, orjson.loads(body or b"{}"))
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": orjson.dumps(told)})

    async def _answer(self, method: str, parts: list[str], told: Json) -> tuple[int, Json]:
        people = self._people
        match method, parts:
            case "GET", ["settings"]:
                return 200, people.settings()
            case "PUT", ["phones", number] if number in people.ports:
                await people.plug_in(number, told)
                return 200, {}
            case "POST", ["calls"]:
                return 201, {"call_session_id": people.place(told)}
            case "GET", ["calls", call_id]:
                return 200, people.truth(call_id)
            case "GET", ["failed"]:
                return 200, {"failed": people.failed}
        return 404, {}


if __name__ == "__main__":
    main()
