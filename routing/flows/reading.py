"""A call flow as a file of its own, or as a [[flow]] of a network: read strictly. Pure.

docs/flows.md says every key. Refused whole, with all that is wrong.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from datetime import datetime
from typing import Any

from market.call_flow import Case, Flow
from routing import network_values as v
from routing.flows import values as w
from routing.flows.checking import check_flow
from routing.flows.node_reading import NODE_MOST, read_node
from routing.network_error import NetworkError, Note, Place, Problem, Refused
from routing.network_lines import line_of, lines_of
from routing.network_reading import Found, Key, list_of, table_list, table_of, words

CASES_MOST = 100  # Of a flow; each is a call that is played when the flow is checked.
HAPPENS = re.compile(
    r"[0-9*#]{1,20}|silence|sold|unsold|answered|unanswered|failed|full|waited|done"
    r"|tells( [a-z][a-z0-9_]{0,39}=[^\s=]{1,64})+",
    re.ASCII,
)
HAPPENS_RIGHT = (
    'keys ("1", "90210#"), silence, sold, unsold, answered, unanswered, failed, full, waited, '
    'done, or what a webhook tells ("tells tier=gold")'
)
ENDS = ("sold", "talked", "hung_up", "lost")
ENDS_RIGHT = v.choice(*ENDS)
FLOW_FILE_KEYS = ("begin", "node")  # What tells a flow's file from a network's.


def _moment(found: object, place: Place) -> str:
    with suppress(ValueError):
        if isinstance(found, str) and datetime.fromisoformat(found).tzinfo is not None:
            return found
    raise place.refuse(found, 'a time with its zone, like "2026-01-06T16:00:00Z"')


CASE = {
    "name": Key(v.text, needed=True),
    "path": Key(list_of(v.ident, least=1), needed=True),
    "ends": Key(ENDS_RIGHT, needed=True),
    "happens": Key(list_of(v.matching(HAPPENS, HAPPENS_RIGHT))),
    "facts": Key(words(v.text)),
    "collects": Key(words(v.text)),
    "at": Key(_moment),
}
FLOW = {
    "id": Key(v.ident, needed=True),
    "name": Key(v.text),
    "language": Key(w.language),
    "begin": Key(v.ident, needed=True),
    "node": Key(list_of(read_node, least=1), needed=True, into="nodes"),
    "case": Key(table_list(Case, CASE), into="cases"),
}


def _check(found: Found, fields: dict[str, Any], place: Place) -> None:
    if place.notes or "begin" not in fields or "nodes" not in fields:
        return  # Edges of what cannot be read would all lead nowhere.
    if len(fields["nodes"]) > NODE_MOST:
        place.at("node").note(f"{len(fields['nodes'])} nodes", f"at most {NODE_MOST}")
    elif len(fields.get("cases", ())) > CASES_MOST:
        place.at("case").note(f"{len(fields['cases'])} cases", f"at most {CASES_MOST}")
    else:
        check_flow(Flow(**fields), place)


_read_flow_table = table_of(Flow, FLOW, _check)


def flow_table(found: object, place: Place) -> Flow:
    """Read a flow; other problems of the file do not hide its own."""
    own = Place(place.key, [])
    try:
        flow: Flow = _read_flow_table(found, own)
    except Refused:
        place.notes.extend(own.notes)
        raise
    return flow


def read_flow(text: str, file: str, id_: str = "") -> Flow:
    """Return the flow that a file of its own describes. Raises NetworkError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NetworkError([Problem(file, None, "(syntax)", str(error), "TOML")]) from None
    return flow_of(document, file, id_, text)


def flow_of(document: dict[str, Any], file: str, id_: str = "", text: str = "") -> Flow:
    """Return the flow of a document (TOML or JSON). Raises NetworkError with all problems."""
    notes: list[Note] = []
    if id_:
        document = {**document, "id": id_}
    with suppress(Refused):
        flow = flow_table(document, Place("", notes))
        if not notes:
            return flow
    lines = lines_of(text)
    raise NetworkError(
        [Problem(file, line_of(n.key, lines), n.key or "flow", n.found, n.right) for n in notes]
    )
