"""docs/money.md lists every notice with what it tells, and no other."""

import re
from pathlib import Path

from market.notices import KINDS
from market.payout import UNPAID

TEXT = (Path(__file__).parents[2] / "docs" / "money.md").read_text("utf-8")


def test_every_reason_for_no_payout_is_listed():
    assert {
        code: f"| `{code}` | {text} |" in TEXT for code, text in UNPAID.items()
    } == dict.fromkeys(UNPAID, True)


def test_every_notice_is_listed_as_it_is():
    rows = re.findall(r"^\| `([a-z_.]+)` \| (\w+) \| (.*?) \| (.*?) \| (yes|no) \|$", TEXT, re.M)
    told = {
        kind: (
            what.to,
            what.text,
            ", ".join(f"`{name}`" for name in what.fields) or "nothing",
            "yes" if what.may_be_off else "no",
        )
        for kind, what in KINDS.items()
    }
    assert {kind: tuple(rest) for kind, *rest in rows} == told
