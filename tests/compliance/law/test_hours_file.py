"""The table of calling hours is refused whole, with the key that is wrong."""

import pytest

from compliance.law.hours_file import SHIPPED, HoursError, read_law

US = '[[rule]]\nplace = "US"\ndaily = "08:00-21:00"\nsource = "law"\nread = 2026-11-24\n'
FL = '[[rule]]\nplace = "FL"\ndaily = "08:00-20:00"\nsource = "law"\nread = 2026-11-24\n'


def test_the_shipped_table_is_read_and_every_row_says_where_it_stands():
    law = read_law(SHIPPED.read_text())
    assert len({rule.place for rule in law.rules}) == 21
    assert all(rule.source and rule.read for rule in law.rules)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "the file: expected TOML"),
        ("", "rule: expected at least one [[rule]]"),
        (FL, 'rule: expected one with place = "US"'),
        (US + "[other]\n", "other: expected [holidays] and [[rule]]"),
        (US + FL.replace('"FL"', '"XX"'), "rule[1].place: expected"),
        (US + FL.replace("daily", "weekdays"), "rule[1].weekdays: expected a day"),
        (US + FL.replace("daily", "mon-fri"), "rule[1].sat: expected hours for each day"),
        (US + FL + 'sun = "closed"\n', "rule[1].sun: expected each day once"),
        (US + FL.replace("08:00-20:00", "8-20"), "rule[1].daily: expected"),
        (US + FL.replace("08:00-20:00", "20:00-08:00"), "rule[1].daily: expected windows that end"),
        (US + FL.replace('source = "law"\n', ""), "rule[1].source: expected where"),
        (US + FL + 'holidays = ["bank"]\n', "rule[1].holidays: expected lists of [holidays]"),
        (US + FL + "calls_per_day = -1\n", "rule[1].calls_per_day: expected"),
        (US + FL + 'from = "soon"\n', "rule[1].from: expected a day"),
        (US + FL + "from = 2026-02-01\nuntil = 2026-01-01\n", "rule[1].until: expected a day aft"),
        (US + '[holidays]\nmine = ["feb 30"]\n', "holidays.mine[0]: expected"),
        (US + '[holidays]\nmine = ["5 mon jan"]\n', "holidays.mine[0]: expected"),
        (US + "[holidays]\nmine = []\n", "holidays.mine: expected a list"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, says):
    with pytest.raises(HoursError) as error:
        read_law(text)
    assert str(error.value).startswith(says)
