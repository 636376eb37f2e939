"""What may be brought back, as the network file has it."""

import pytest

from market.returns import REASONS, ReturnRule
from routing.network_file import NetworkError, read_network, write_network
from routing.network_returns import return_days_of, terms_of
from routing.repeats import compile_repeats
from tests.shell.small_network import network

TERMS = """
[returns]
window_h = 24
[[returns.rule]]
action = "approve"
reason = "duplicate"
condition = "repeat within 45 days"
percent = 50
"""


def test_terms_are_read_and_written_back_and_a_buyers_own_stand_in_place():
    own = 'name = "Acme"\n[buyer.returns]\nreasons = ["spam"]\nnote_needed = true'
    found = read_network(network().replace('name = "Acme"', own) + TERMS, "net.toml")
    assert read_network(write_network(found), "again") == found
    acme, zenith = found.buyers
    rule = ReturnRule("approve", "duplicate", "repeat within 45 days", 50)
    assert terms_of(found, zenith).rules == (rule,)
    assert terms_of(found, zenith).reasons == tuple(REASONS)
    assert (terms_of(found, acme).window_h, terms_of(found, acme).reasons) == (72, ("spam",))
    assert return_days_of(found) == compile_repeats(found).days_of("auto", "pub") == 45


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("window_h = 24", "window_h = 9999", "0..2880 of hours"),
        ('reason = "duplicate"', 'reason = "boredom"', "one of the reasons: not_connected"),
        ("within 45 days", "within days", "a whole number of days"),
        ('action = "approve"', 'action = "reject"', "a reject gives nothing back"),
        ("percent = 50", "percent = 0", "1..100"),
    ],
)
def test_terms_that_make_no_sense_are_refused(old, new, said):
    with pytest.raises(NetworkError) as caught:
        read_network(network() + TERMS.replace(old, new), "net.toml")
    assert said in "\n".join(map(str, caught.value.problems))
