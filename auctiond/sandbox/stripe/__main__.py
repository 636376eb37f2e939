"""`python -m auctiond.sandbox.stripe`: a payment processor in a process of its own."""

from __future__ import annotations

import click
import trio

from auctiond.sandbox.stripe.options import VICES, StripeOptions
from auctiond.sandbox.stripe.server import open_sandbox_stripe


@click.command()
@click.option("--port", default=8200, show_default=True, help="On 127.0.0.1; 0 takes a free one.")
@click.option("--hooks", default="http://127.0.0.1:8080/hooks/stripe", show_default=True)
@click.option("--seed", default=1, show_default=True, help="Of all that is left to chance.")
@click.option("--api-key", default="sk_test_sandbox", show_default=True)
@click.option("--hook-secret", default="whsec_sandbox", show_default=True)
@click.option("--vices", type=click.Choice(sorted(VICES)), default="none", show_default=True)
def main(port: int, hooks: str, seed: int, api_key: str, hook_secret: str, vices: str) -> None:
    """Run a processor that takes test cards, and whose people and banks you may play."""
    options = StripeOptions(
        hooks=hooks,
        port=port,
        seed=seed,
        api_key=api_key,
        hook_secret=hook_secret,
        vices=VICES[vices],
    )
    taken = False
    try:
        trio.run(run, options)
    except* KeyboardInterrupt:
        click.echo("the processor has stopped")
    except* OSError:
        taken = True
    if taken:
        raise click.ClickException(f"port {port} on 127.0.0.1 is taken, or not ours to take")


async def run(options: StripeOptions) -> None:
    """Serve until interrupted."""
    async with open_sandbox_stripe(options) as stripe:
        click.echo(f"url  {stripe.base_url}")
        await trio.sleep_forever()


if __name__ == "__main__":
    main()
