"""`auctiond network import`: the targets of another system, printed as a network file of ours."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from routing.import_rows import ImportFault, rows_of
from routing.import_vendors import VENDORS, Weights
from routing.importing import import_targets
from routing.network_file import write_network


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from", "vendor", required=True, type=click.Choice(sorted(VENDORS)))
@click.option(
    "--weight",
    type=click.Choice(["straight", "inverse"]),
    help="Whether a higher weight gets more calls there, or fewer.",
)
def command(file: Path, vendor: str, weight: str | None) -> None:
    """Print the targets in FILE, a list from another system, as a network file.

    FILE is JSON (.json) or CSV (.csv). The other system's priorities become tiers, its weights
    become shares of the calls. What could not be taken over stands in comments at the top.
    """
    is_json = file.suffix.lower() == ".json"
    if not is_json and file.suffix.lower() != ".csv":
        raise click.ClickException(f"{file}: expected a file that ends in .json or .csv")
    try:
        rows = rows_of(file.read_text("utf-8"), is_json=is_json)
        done = import_targets(rows, VENDORS[vendor], cast("Weights | None", weight))
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is no text in UTF-8") from None
    except ImportFault as fault:
        lines = "\n".join(f"  {problem}" for problem in fault.problems)
        raise click.ClickException(f"{file} was not taken over:\n{lines}") from None
    for note in done.notes:
        click.echo(f"# {note.encode('unicode_escape').decode()}")
    click.echo(write_network(done.network), nl=False)
