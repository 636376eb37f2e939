"""A number whose edge only signals: nothing is to be said to who answers its calls."""

from __future__ import annotations

import pytest

from routing.network_file import NetworkError, read_network

NETWORK = """
name = "small"

[[campaign]]
id = "calls"
name = "Calls"
vertical = "auto"
fallback = "+15559000000"

[[campaign.tier]]
targets = ["quiet", "asks"]

[[publisher]]
id = "pub"
name = "Publisher"
payout_percent = 70

[[number]]
number = "+15558000000"
campaign = "calls"
publisher = "pub"
signalling_only = {edge}

[[buyer]]
id = "acme"
name = "Acme"

[[target]]
id = "quiet"
buyer = "acme"
price = "20"
destination = "+15557110001"

[[target]]
id = "asks"
buyer = "acme"
price = "20"
destination = "+15557110002"
{asked}
"""


@pytest.mark.parametrize("asked", ['whisper = "A call."', "accept_key = true", "no_machine = true"])
def test_a_screened_leg_on_a_signalling_number_is_refused_with_both_names(asked):
    text = NETWORK.format(edge="true", asked=asked)
    with pytest.raises(NetworkError) as caught:
        read_network(text, "net.toml")
    (problem,) = caught.value.problems
    key = asked.partition(" ")[0]
    assert problem.line == 1 + text.splitlines().index(asked)
    assert problem.key == f"target[1].{key}"
    assert '"calls"' in problem.found
    assert "+15558000000" in problem.found
    assert "signalling_only" in problem.right


@pytest.mark.parametrize(
    ("edge", "asked"),
    [("true", ""), ("true", "no_machine = false"), ("false", "no_machine = true")],
)
def test_what_an_edge_can_do_is_taken(edge, asked):
    network = read_network(NETWORK.format(edge=edge, asked=asked), "net.toml")
    assert network.numbers[0].signalling_only is (edge == "true")
