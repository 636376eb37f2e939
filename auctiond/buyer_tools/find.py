"""The buyers' formats as commands find them: by name, or as a file."""

from __future__ import annotations

from pathlib import Path

import click

from auctiond.config import ConfigError, Settings, load_settings
from buyers.errors import BuyerFileError
from buyers.format import BuyerFormat
from buyers.library import LIBRARY, load_format, load_library


def settings_of(config: Path | None) -> Settings:
    """Return the server's settings, or end the command."""
    try:
        return load_settings(config)
    except ConfigError as error:
        raise click.ClickException(f"the settings are wrong:\n{error}") from None


def known_formats(config: Path | None) -> dict[str, BuyerFormat]:
    """Return the formats by name: ours, and those in the operator's folder."""
    try:
        return load_library(settings_of(config).buyers_path)
    except BuyerFileError as error:
        raise click.ClickException(str(error)) from None


def find_format(which: str, config: Path | None) -> BuyerFormat:
    """Return the format in the file `which`, or of that name."""
    try:
        return load_format(_path(which, config))
    except BuyerFileError as error:
        raise click.ClickException(str(error)) from None


def _path(which: str, config: Path | None) -> Path:
    path = Path(which)
    if path.suffix == ".toml":
        return path
    folders = (settings_of(config).buyers_path, LIBRARY)
    for folder in folders:
        if (folder / f"{which}.toml").is_file():
            return folder / f"{which}.toml"
    names = sorted({found.stem for folder in folders for found in folder.glob("*.toml")})
    raise click.ClickException(f"there is no format {which!r}; there are: {', '.join(names)}")
