"""How the help of a group lists its commands: each with its whole first sentence."""

from __future__ import annotations

import click

WHOLE = 10_000  # Characters: no sentence is cut. click cuts each at the end of its line.


class Listed(click.Group):
    """A group whose help says what each command does to the end of the sentence."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, one.get_short_help_str(WHOLE)) for name, one in found if one is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
