"""`auctiond buyer new`: a buyer's file, proposed from a sample answer."""

from __future__ import annotations

import re
from pathlib import Path

import click

from buyers.base import NAME
from buyers.charset import body_text
from buyers.sample import propose
from buyers.sample_parts import SampleError
from buyers.unreadable import Unreadable
from market.http import HttpReply


def run(sample: Path, name: str | None, output: Path | None) -> None:
    """Print the proposed file, or write it to `output`, which must not exist yet."""
    if name is None:
        name = (output or sample).stem
        name = re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_-") or "buyer"
    if not NAME.fullmatch(name):
        raise click.ClickException(f"{name!r} is no name: small letters, digits, _ and -")
    try:
        text = propose(body_text(HttpReply(200, (), sample.read_bytes())), name)
    except (Unreadable, SampleError) as error:
        raise click.ClickException(f"{sample}: {error}") from None
    except OSError as error:
        raise click.ClickException(f"{sample}: {error.strerror}") from None
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}") from None
    click.echo(f"{output}: now write its request, and try it: auctiond buyer test {output}")
