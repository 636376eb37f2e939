"""Print the chart of accounts and of moves: `python -m ledger.chart`, or `auctiond ledger chart`.

It is made from the tables that run; docs/ledger.md shows it, and a test keeps it so. Pure.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from ledger.accounts import CHART
from ledger.kinds import CAPS, MONEY_WORDS, RULES

ANY_MONEY = frozenset((*MONEY_WORDS, *CAPS))
SALES = (
    (
        "topup",
        "world or processor",
        "wallet or usage",
        "",
        "money comes in; counts once by its ref",
    ),
    ("hold", "", "", "", "wallet, caps and slot are set aside for a leg of a call, or none of it"),
    ("capture", "wallet, cap", "publisher, carrier, margin, used", "hold", "a sale"),
    ("release", "", "", "hold", "no sale: all is free again"),
    ("expire", "", "", "hold", "nobody came back for it: all is free again"),
)


def chart() -> str:
    """Return the accounts and the moves as two tables in Markdown."""
    accounts = [
        (
            f"`{kind.word}{':' if kind.owner else ''}{kind.owner}`",
            _bound(kind.bounded),
            kind.meaning,
        )
        for kind in CHART
    ]
    moves = [*SALES]
    for kind, rule in RULES.items():
        backs = ", ".join(rule.reverses)
        moves.append((kind, _words(rule.takes), _words(rule.gives), backs, rule.meaning))
    return "\n".join(
        [
            *_table(("account", "floor", "what stands in it"), accounts),
            "",
            *_table(("move", "takes from", "gives to", "ends or takes back", "what it is"), moves),
        ]
    )


def _bound(bounded: bool) -> str:
    return "yes" if bounded else ""


def _words(words: Sequence[str]) -> str:
    return (
        "any" if ANY_MONEY.issuperset(words) and len(words) == len(ANY_MONEY) else ", ".join(words)
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


if __name__ == "__main__":
    sys.stdout.write(chart() + "\n")
