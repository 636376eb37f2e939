"""`python -m auctiond.sandbox.carrier`: a carrier in a process of its own."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from pathlib import Path

import click
import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auctiond.sandbox.carrier.options import PROTOCOLS, VICES, CarrierOptions
from auctiond.sandbox.carrier.server import open_sandbox_carrier
from auctiond.sandbox.carrier.server_settings import server_settings


@click.command()
@click.option("--port", default=8100, show_default=True, help="On 127.0.0.1; 0 takes a free one.")
@click.option(
    "--protocol", type=click.Choice(PROTOCOLS), default="telnyx", show_default=True, help="Spoken."
)
@click.option("--hooks", default="http://127.0.0.1:8080/hooks/PROTOCOL", show_default=True)
@click.option("--seed", default=1, show_default=True, help="Of all that is left to chance.")
@click.option(
    "--private-key",
    default="generated",
    show_default=True,
    help='A file with the base64 of 32 bytes, made if it is not there; or "generated".',
)
@click.option("--api-key", default="sandbox", show_default=True, help="What servers must show.")
@click.option("--vices", type=click.Choice(sorted(VICES)), default="none", show_default=True)
@click.option("--hurry", default=1.0, show_default=True, help="How much faster than people.")
def main(
    port: int,
    protocol: str,
    hooks: str,
    seed: int,
    private_key: str,
    api_key: str,
    vices: str,
    hurry: float,
) -> None:
    """Run a carrier that rings your server, and whose phones you may play."""
    if hurry <= 0:
        raise click.ClickException("--hurry: more than 0; 2 is twice as fast as people")
    options = CarrierOptions(
        hooks=hooks.replace("PROTOCOL", protocol),
        protocol=protocol,
        port=port,
        seed=seed,
        api_key=api_key,
        private_key=read_key(private_key),
        vices=VICES[vices],
        hurry=hurry,
    )
    taken = False
    try:
        trio.run(run, options)
    except* KeyboardInterrupt:
        click.echo("the carrier has stopped")
    except* OSError:
        taken = True
    if taken:
        raise click.ClickException(f"port {port} on 127.0.0.1 is taken, or not ours to take")


async def run(options: CarrierOptions) -> None:
    """Serve until interrupted."""
    async with open_sandbox_carrier(options) as carrier:
        click.echo(f"url         {carrier.base_url}")
        click.echo(f"public key  {b64encode(carrier.public_key).decode()}")
        key = options.api_key
        lines = server_settings(options.protocol, carrier.base_url, carrier.public_key, key)
        for name, value in lines.items():
            click.echo(f'{name} = "{value}"')
        await trio.sleep_forever()


def read_key(place: str) -> bytes:
    """Return the private key at `place`; a file that is not there is made, for us alone."""
    if place == "generated":
        return Ed25519PrivateKey.generate().private_bytes_raw()
    path = Path(place)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(b64encode(Ed25519PrivateKey.generate().private_bytes_raw()))
    except FileExistsError:
        pass  # Made by an earlier start: read below, and used again.
    except OSError as error:
        raise click.ClickException(f"{place}: {error.strerror}") from None
    try:
        key = b64decode(path.read_bytes().strip(), validate=True)
    except ValueError:
        key = b""
    except OSError as error:
        raise click.ClickException(f"{place}: {error.strerror}") from None
    if len(key) != 32:
        raise click.ClickException(f"{place}: expected the base64 of 32 bytes")
    return key


if __name__ == "__main__":
    main()
