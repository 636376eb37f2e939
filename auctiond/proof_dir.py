"""The folder of what proves the ledger and outlives it: its seal, and the months put away.

It lies beside the data folder, not in it: who loses or changes the one has the other still.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from auctiond.config import Settings
from auctiond.start_error import StartError


def make_proof_dir(settings: Settings) -> None:
    """Make the folders that are missing, for us alone. Raises StartError."""
    of_seal = "seal_file" if settings.seal_file else "proof_dir"
    for path, key in ((settings.seal_path.parent, of_seal), (settings.months_path, "proof_dir")):
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StartError(
                f"{key}: {path} cannot be made: {error.strerror}; make it for the "
                "server's user (install -d -m 0700 -o USER), or name another place with proof_dir"
            ) from None
    _take_along(settings.data_dir / "ledger.seal", settings.seal_path)


def _take_along(old: Path, path: Path) -> None:
    """Move the seal from where it was before it had a place of its own."""
    if old != path and old.exists() and not path.exists():
        shutil.move(old, path)
