"""How the settings are read that say where things of ours are."""

from __future__ import annotations

from typing import Any

from auctiond import config_values as value

PLACE_READERS: dict[str, value.Reader[Any]] = {
    "key_file": value.optional_path(),
    "proof_dir": value.optional_path(),
    "seal_file": value.optional_path(),
    "secrets_dir": value.optional_path(),
    "buyers_dir": value.optional_path(),
}
