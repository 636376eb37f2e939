"""Finds the carriers: each is a file of telephony/, and nothing else lists them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import telephony
from telephony._carrier import Carrier, Setting


@cache
def carrier_files() -> dict[str, type[Carrier]]:
    """Return what each `telephony/NAME.py` has as CARRIER, by its name, in alphabetical order."""
    names = sorted(found.name for found in iter_modules(telephony.__path__))
    return {
        name: import_module(f"telephony.{name}").CARRIER
        for name in names
        if not name.startswith("_")
    }


def setting_keys() -> dict[str, Setting]:
    """Return the settings of all carriers, by their keys in `auctiond.toml`."""
    return {
        f"{name}_{setting.key}": setting
        for name, carrier in carrier_files().items()
        for setting in carrier.SETTINGS
    }


def calling_out() -> list[str]:
    """Return the names of the carriers by whose lines people can be called back."""
    return [name for name, carrier in carrier_files().items() if carrier.CALLS_OUT]
