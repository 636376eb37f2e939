"""The console that commands print to."""

from __future__ import annotations

import os
import sys

from rich.console import Console

PIPED_WIDTH = 200  # What is read by another program need not fit a screen.


def terminal() -> Console:
    """Return a console as wide as the terminal; wide when the output goes elsewhere."""
    is_piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(highlight=False, width=PIPED_WIDTH if is_piped else None)


def heading(console: Console, text: str) -> None:
    """Print a heading over the next table."""
    console.print()
    console.print(text, style="bold underline", markup=False)
