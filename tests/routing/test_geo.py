"""Zips and area codes lead to states."""

import re

import pytest

from routing.geo import (
    AREA_CODES,
    HERE,
    STATES,
    ZIPS,
    is_zip,
    read_table,
    state_of_area_code,
    state_of_zip,
)

FIFTY = set(
    re.findall(
        r"\w+",
        """AK AL AR AZ CA CO CT DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE
        NH NJ NM NV NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY""",
    )
)
ELSEWHERE = {"DC", "PR", "VI", "GU", "AS", "MP", "FM", "MH", "PW", "AA", "AE", "AP"}


@pytest.mark.parametrize(
    ("zip_code", "state"),
    [("10001", "NY"), ("90210", "CA"), ("02108", "MA"), ("00501", "NY"), ("60601", "IL"),
     ("73301", "TX"), ("88510", "TX"), ("20001", "DC"), ("20101", "VA"), ("99501", "AK"),
     ("00901", "PR"), ("96799", "AS"), ("96701", "HI"), ("06390", "NY"), ("06101", "CT"),
     ("09012", "AE"), ("34001", "AA"), ("96201", "AP"), ("96910", "GU"), ("83414", "WY")],
)  # fmt: skip
def test_a_zip_is_in_its_state(zip_code, state):
    assert state_of_zip(zip_code) == state
    assert is_zip(zip_code)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9021",
        "902101",
        "9021a",
        "00000",
        "99999x",
        "٩٠٢١٠",
        "902\u0661\u0660",
        " 9021",
        "21300",
    ],
)
def test_what_is_no_zip_has_no_state(text):
    assert not is_zip(text)
    assert state_of_zip(text) == ""


@pytest.mark.parametrize(
    ("code", "state"),
    [("212", "NY"), ("213", "CA"), ("512", "TX"), ("907", "AK"), ("787", "PR"), ("202", "DC"),
     ("800", ""), ("888", ""), ("416", ""), ("555", ""), ("", ""), ("21", "")],
)  # fmt: skip
def test_an_area_code_is_in_its_state_or_nowhere(code, state):
    assert state_of_area_code(code) == state


def test_every_state_has_zips_and_area_codes():
    assert FIFTY | ELSEWHERE == STATES
    assert set(AREA_CODES.values()) == FIFTY | {"DC", "PR", "VI", "GU", "AS", "MP"}


def test_the_codes_are_well_formed():
    assert all(re.fullmatch(r"\d{3}|\d{5}", code) for code in ZIPS)
    assert all(re.fullmatch(r"[2-9]\d\d", code) for code in AREA_CODES)


def test_no_code_is_listed_twice():
    for name in ("zip_prefixes.txt", "area_codes.txt"):
        text = (HERE / name).read_text()
        listed = 0
        for line in text.splitlines():
            listed += len(read_table(line))
        assert listed == len(read_table(text)), name
