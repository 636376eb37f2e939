"""`auctiond keys`: make, list and revoke API keys. A key is shown once, when it is made."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

import click
import trio

from auctiond.api_key import ENVIRONMENTS, RANDOM_BYTES, SCOPES, make_key, read_scopes
from auctiond.config import ConfigError, Settings, load_settings

NAME_CHARS_MAX = 80


class StoredKey(Protocol):
    """What the database knows of a key: all but the key itself."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def scopes(self) -> Collection[str]: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def revoked_at(self) -> datetime | None: ...


class KeyStore(Protocol):
    """Where keys are kept."""

    async def add(self, id_: str, name: str, hash_: bytes, scopes: Sequence[str]) -> None: ...
    async def revoke(self, id_: str) -> bool: ...
    async def list(self) -> Sequence[StoredKey]: ...


OpenStore = Callable[[Settings], AbstractAsyncContextManager[KeyStore]]


class Desk:
    """The settings of this run, and how its key store is opened."""

    def __init__(self, settings: Settings, open_store: OpenStore) -> None:
        self.settings, self.open_store = settings, open_store


def _no_store(settings: Settings) -> AbstractAsyncContextManager[KeyStore]:
    raise click.ClickException("API keys live in the database, and no database is wired in yet.")


@click.group()
@click.option("--config", type=click.Path(path_type=Path), help="The settings file.")
@click.pass_context
def command(ctx: click.Context, config: Path | None) -> None:
    """Make, list and revoke API keys."""
    try:
        settings = load_settings(config)
    except ConfigError as error:
        raise click.ClickException(f"the settings are wrong:\n{error}") from None
    ctx.obj = Desk(settings, ctx.obj or _no_store)


@command.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, default=("read",), show_default=True)
@click.option("--test", "is_test", is_flag=True, help="Mark it as a key for testing.")
@click.pass_obj
def create(desk: Desk, name: str, scopes: tuple[str, ...], is_test: bool) -> None:
    """Make a key called NAME. Give --scope more than once for more rights."""
    name = name.strip()
    if not 0 < len(name) <= NAME_CHARS_MAX:
        raise click.ClickException(f"NAME says whose key it is, in 1 to {NAME_CHARS_MAX} letters.")
    try:
        rights = read_scopes(scopes)
    except ValueError as error:
        raise click.ClickException(f"--scope: {error}") from None
    key = make_key(os.urandom(RANDOM_BYTES), ENVIRONMENTS[is_test])

    async def add() -> None:
        async with desk.open_store(desk.settings) as store:
            await store.add(key.id, name, key.hash, [scope for scope in SCOPES if scope in rights])

    trio.run(add)
    click.echo(key.text)
    click.echo("Keep it now: it is not stored, and is not shown again.", err=True)


@command.command()
@click.argument("key_id")
@click.pass_obj
def revoke(desk: Desk, key_id: str) -> None:
    """Revoke the key KEY_ID (see `auctiond keys list`), at once and for good."""

    async def ask() -> bool:
        async with desk.open_store(desk.settings) as store:
            return await store.revoke(key_id)

    if not trio.run(ask):
        raise click.ClickException(f"there is no live key {key_id}; see `auctiond keys list`.")
    click.echo(f"Key {key_id} is revoked.")


@command.command(name="list")
@click.pass_obj
def show(desk: Desk) -> None:
    """List all keys, also revoked ones."""

    async def ask() -> Sequence[StoredKey]:
        async with desk.open_store(desk.settings) as store:
            return await store.list()

    keys = trio.run(ask)
    if not keys:
        click.echo("There are no keys. Make one with `auctiond keys create NAME`.")
        return
    rows = [("ID", "NAME", "SCOPES", "CREATED", "REVOKED"), *(_row(key) for key in keys)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _row(key: StoredKey) -> tuple[str, ...]:
    revoked = f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
    scopes = ",".join(scope for scope in SCOPES if scope in key.scopes)
    return (key.id, key.name, scopes, f"{key.created_at:%Y-%m-%d}", revoked)
