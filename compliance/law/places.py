"""Where a number may be: all states and zones that its area code, a zip or a state allow. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from compliance.screening import area_code

TABLE = Path(__file__).parent / "area_zones.txt"


@dataclass(frozen=True, slots=True)
class Place:
    """A person may be in any of these. Never empty."""

    states: frozenset[str]
    zones: frozenset[str]  # IANA names.


@dataclass(frozen=True, slots=True)
class Places:
    of_code: Mapping[str, Place]
    of_state: Mapping[str, Place]


def place_of(number: str, states: Collection[str] = ()) -> Place | None:
    """Return where `number` (E.164) may be; `states` are what a zip, or the person, told.

    None: it has no place in the United States, or a state is none of its states. A hint only
    adds places: the phone may be where its area code is, and its owner where the zip is.
    """
    found = [PLACES.of_code.get(area_code(number)), *(PLACES.of_state.get(one) for one in states)]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    return Place(
        frozenset().union(*(one.states for one in known)),
        frozenset().union(*(one.zones for one in known)),
    )


def read_places(text: str) -> Places:
    """Return the table of lines like "FL America/New_York : 239 305"; # begins a comment."""
    of_code: dict[str, Place] = {}
    of_state: dict[str, Place] = {}
    for state, zones, codes in _rows(text):
        of_code.update(dict.fromkeys(codes, Place(frozenset((state,)), zones)))
        wider = zones | (of_state[state].zones if state in of_state else frozenset())
        of_state[state] = Place(frozenset((state,)), wider)
    return Places(of_code, of_state)


def _rows(text: str) -> Iterator[tuple[str, frozenset[str], list[str]]]:
    for line in text.splitlines():
        head, _, codes = line.partition("#")[0].partition(" : ")
        if head:
            state, *zones = head.split()
            yield state, frozenset(zones), codes.split()


PLACES = read_places(TABLE.read_text("ascii"))
