"""`auctiond COMMAND`: finds the commands in auctiond/commands and hands over."""

from __future__ import annotations

import importlib
import pkgutil

import click

import auctiond.commands
from auctiond.command_group import Listed


class Commands(Listed):
    """Every module of auctiond/commands is a command of its name; loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(found.name for found in pkgutil.iter_modules(auctiond.commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"auctiond.commands.{cmd_name}")
        command: click.Command = module.command
        return command


@click.command(cls=Commands)
@click.version_option(package_name="auctiond")
def main() -> None:
    """A self-hosted server for pay-per-call networks."""
