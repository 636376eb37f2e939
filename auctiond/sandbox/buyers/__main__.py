"""`python -m auctiond.sandbox.buyers`: the sandbox's buyers in a process of their own.

When its ports are open it says so in one line of JSON: {"ports": [...], "control": 9020}.
"""

from __future__ import annotations

import gc
import resource
import signal

import click
import orjson
import trio

from auctiond.sandbox.buyers.laws import LAWS
from auctiond.sandbox.buyers.server import BuyersOptions, open_sandbox_buyers
from auctiond.sandbox.people import PEOPLE_MAX


def _laws(ctx: click.Context, option: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    if unknown := [name for name in names if name not in LAWS]:
        raise click.BadParameter(f"no law {unknown[0]!r}; there are {', '.join(LAWS)}")
    return names


@click.command()
@click.option("--buyers", default=20, show_default=True, type=click.IntRange(1, 9999))
@click.option("--seed", default=1, show_default=True)
@click.option("--base-port", default=0, help="The first buyer's port; 0 takes free ones.")
@click.option("--control-port", default=0, help="0 is the port after the last buyer's.")
@click.option(
    "--people",
    default=0,
    show_default=True,
    type=click.IntRange(0, PEOPLE_MAX),
    help="How many of the seed's people to look for in pings; 0 looks for none.",
)
@click.option("--laws", default="", callback=_laws, help="Names, given to the buyers in turn.")
@click.option("--record-sent", is_flag=True, help="Note when each bid left: GET /sent tells.")
@click.option("--host", default="127.0.0.1", show_default=True)
def main(**given: object) -> None:
    """Run the sandbox's buyers until interrupted."""
    _raise_open_files()
    trio.run(_run, BuyersOptions(**given))  # type: ignore[arg-type]  # Names and types are click's.


async def _run(options: BuyersOptions) -> None:
    async with open_sandbox_buyers(options) as buyers:
        gc.collect()
        gc.freeze()  # The people stay: a collection need not walk them in the middle of a ping.
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            ready = {"ports": buyers.ports, "control": buyers.control_port}
            click.echo(orjson.dumps(ready).decode())
            async for _ in signals:
                return


def _raise_open_files() -> None:
    """Ask for as many open files as we may have: every keep-alive connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
