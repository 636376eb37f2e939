"""docs/publishers.md explains every reason, every warning and every field, and no other."""

import re
from pathlib import Path

from auctiond.rtb.ping import CALLER, SIP_OK, STATE, ZIP
from market.rtb import NO_BID, WARNINGS

PAGE = (Path(__file__).parents[2] / "docs" / "publishers.md").read_text("utf-8")
WHO = {"you": "publisher", "us": "operator", "nobody": "nobody"}


def rows(title):
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_reason_has_its_code_and_who_can_mend_it():
    told = {
        reason: (int(code), WHO[who])
        for code, reasons, who, _ in rows("Why there is no bid")
        for reason in re.findall(r"`(\w+)`", reasons)
    }
    assert told == {name: (reason.code, reason.who) for name, reason in NO_BID.items()}


def test_every_warning_is_told():
    assert {int(code) for code, _ in rows("Warnings")} == set(WARNINGS)


def test_every_field_that_is_told_is_read():
    told = {
        name.lower() for row in rows("Ask") for name in re.findall(r"`([\w-]+)`", row[0] + row[1])
    }
    assert told <= {*CALLER, *ZIP, *STATE, *SIP_OK}
    assert {CALLER[0], ZIP[0], STATE[0], SIP_OK[0]} <= told
