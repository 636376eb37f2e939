"""Where a call may be sent: a bid names the number, and some numbers cost dollars a minute."""

import pytest

from compliance.screening import may_dial


@pytest.mark.parametrize("to", ["+12125550123", "2125550123", "sip:desk@buyer.example"])
def test_ordinary_destinations_are_dialled(to):
    assert may_dial(to, ("+1*",))


@pytest.mark.parametrize(
    "to", ["+19005550123", "+19765550123", "+442071234567", "911", "sip:911@x", ""]
)
def test_premium_foreign_emergency_and_nonsense_are_not(to):
    assert not may_dial(to, ("+1*",))


def test_another_country_is_dialled_where_the_network_says_so():
    assert may_dial("+442071234567", ("+1*", "+44*"))
