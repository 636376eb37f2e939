"""The state behind a zip code or an area code, from two small tables. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

HERE = Path(__file__).parent


def read_table(text: str) -> dict[str, str]:
    """Return code -> state of lines like "NY 005 100-149"; # begins a comment."""
    table: dict[str, str] = {}
    for line in text.splitlines():
        state, *codes = line.partition("#")[0].split() or [""]
        table.update((code, state) for one in codes for code in _span(one))
    return table


def _span(codes: str) -> Iterator[str]:
    first, _, last = codes.partition("-")
    for number in range(int(first), int(last or first) + 1):
        yield f"{number:0{len(first)}d}"


ZIPS: Mapping[str, str] = read_table((HERE / "zip_prefixes.txt").read_text("ascii"))
AREA_CODES: Mapping[str, str] = read_table((HERE / "area_codes.txt").read_text("ascii"))
STATES = frozenset(ZIPS.values())  # Two letters: states, DC, territories, military mail.


def is_zip(text: str) -> bool:
    """Tell whether `text` is five digits that some place's zip begins with."""
    return state_of_zip(text) != ""


def state_of_zip(zip_code: str) -> str:
    """Return the state of a five-digit zip, or "" if there is none."""
    if len(zip_code) != 5 or not (zip_code.isascii() and zip_code.isdigit()):
        return ""
    return ZIPS.get(zip_code) or ZIPS.get(zip_code[:3], "")


def state_of_area_code(code: str) -> str:
    """Return the state of a three-digit area code, or "" if it has none (toll-free, abroad)."""
    return AREA_CODES.get(code, "")
