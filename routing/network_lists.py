"""Lists of a network file: values under a name, written in it or in a CSV file beside it. Pure."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from typing import Any

from routing import network_values as v
from routing.network_error import Place, Refused, shown
from routing.network_reading import Found, Key, list_of, tables, words

VALUES_MOST = 100_000  # All zips there are, twice.
FILE = re.compile(r"[A-Za-z0-9_][\w.-]{0,99}\.csv", re.ASCII)  # In the same folder.
FILE_RIGHT = 'a CSV file in the folder of the network file, like "zips.csv"'
AMOUNT = re.compile(r"-?\d{1,10}(\.\d{1,6})?", re.ASCII)
HEADINGS = ("value", *v.PLAIN_FIELDS)  # A first line that begins so has names, and no values.

LIST = {
    "id": Key(v.ident, needed=True),
    "values": Key(list_of(v.matching(*v.ANY_VALUE), least=1)),
    "amounts": Key(words(v.matching(AMOUNT, 'a number as text, like "2.50"'))),
    "file": Key(lambda found, place: found),  # Only fill_lists can take it.
}


def check_list(found: Found, fields: dict[str, Any], place: Place) -> None:
    """Note what is wrong between the keys of a list."""
    if "file" in found:
        raise Refused(place.key)  # What is wrong with it is noted already.
    if "values" not in found:
        place.at("values").note("nothing", "values, or a file")
    if "values" not in fields:
        raise Refused(place.key)
    values = fields["values"]
    if len(values) > VALUES_MOST:
        place.at("values").note(f"{len(values)} values", f"at most {VALUES_MOST}")
    strange = next(
        iter(
            set(fields.get("amounts", ()))
            - {one for one in found["values"] if isinstance(one, str)}
        ),
        None,
    )
    if strange is not None:
        place.at("amounts").note(f'an amount for "{strange}"', "amounts for values of the list")


def fill_lists(document: Found, place: Place, beside: Callable[[str], str] | None) -> None:
    """Put the values of lists that name a file into the document, in place of the file."""
    for found, at in tables(document, "list", place):
        if "file" not in found:
            continue
        here, name = at.at("file"), found["file"]
        if beside is None:
            here.note(shown(name), "the values themselves: there is no folder to read from here")
        elif not isinstance(name, str) or not FILE.fullmatch(name):
            here.note(shown(name), FILE_RIGHT)
        elif "values" in found or "amounts" in found:
            here.note("a file beside values", "one of them")
        else:
            _fill(found, name, here, beside)  # type: ignore[arg-type]  # A table that tomllib made.


def _fill(found: dict[str, Any], name: str, place: Place, beside: Callable[[str], str]) -> None:
    try:
        rows = list(_rows(beside(name)))
    except OSError as error:
        place.note(f"{shown(name)}: {error.strerror}", FILE_RIGHT)
        return
    except (UnicodeDecodeError, csv.Error) as error:
        place.note(f"{shown(name)}: {error}", "comma-separated values in UTF-8")
        return
    found.pop("file")
    found["values"] = list(dict.fromkeys(row[0] for row in rows))
    if amounts := {row[0]: row[1] for row in rows if row[1]}:
        found["amounts"] = amounts


def _rows(text: str) -> Iterator[tuple[str, str]]:
    """Yield value and amount of each line; the amount is "" where there is none."""
    for number, row in enumerate(csv.reader(text.removeprefix("\ufeff").splitlines(), strict=True)):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 0 and cells[0].lower() in HEADINGS):
            continue
        yield cells[0], cells[1] if len(cells) > 1 else ""
