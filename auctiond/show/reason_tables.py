"""The catalogue of reasons, as text for docs/reasons.md and as a table for a terminal. Pure."""

from __future__ import annotations

from rich.table import Table

from auctiond.show.tables import grid
from market.reasons import REASONS, STAGES

HEAD = """\
# Reasons

Printed by `auctiond reasons --markdown` from `market/reasons.py`; a test holds the two equal.

A code says why a call was refused, or why a target did not get it. The same codes stand in
`auctiond call show`, in the API (`candidates[].reason` of `GET /v1/calls/{id}`) and in the metrics:
`auctiond_pings_total{result}`, `auctiond_candidates_total{reason}`, `auctiond_legs_total{reason}`.
They are stable: one may be added, none changes its meaning. Behind a colon there may be a detail
(`filter:state`, `cap:calls/day`, `http:503`); metrics leave it out.

"Who mends" is who can do something about it: the operator in the network or the server, the buyer,
the publisher, the carrier, or the caller. Where it says nobody, nothing was wrong.
"""


def reasons_markdown() -> str:
    """Return docs/reasons.md."""
    parts = [HEAD]
    for stage, meaning in STAGES.items():
        parts.append(f"\n## `{stage}`: {meaning[0].lower()}{meaning[1:]}\n\n")
        parts.append("| code | meaning | who mends |\n|---|---|---|\n")
        parts += [
            f"| `{code}` | {reason.text} | {reason.who} |\n"
            for code, reason in REASONS.items()
            if reason.stage == stage
        ]
    return "".join(parts)


def reasons_grid(width: int) -> Table:
    """Return the catalogue as a table."""
    rows = [[one.stage, code, one.who, one.text] for code, one in REASONS.items()]
    return grid(["stage", "code", "who mends", "meaning"], rows, width)
