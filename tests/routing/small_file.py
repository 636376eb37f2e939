"""A small network file, and what is found wrong with changed ones."""

import pytest

from routing.network_file import NetworkError, read_network

SMALL = """
name = "Small"
blocked_callers = ["+1900*"]

[[campaign]]
id = "auto"
name = "Auto"
vertical = "auto_insurance"
anonymous_answers = ["insured"]

[campaign.ask_zip]
tries = 2

[[campaign.tier]]
targets = ["west", "desk"]

[[campaign.tier]]
targets = ["desk"]
strategy = "weighted"

[[publisher]]
id = "pub"
name = "Pub"

[[number]]
number = "+12125550100"
campaign = "auto"
publisher = "pub"

[[buyer]]
id = "acme"
name = "Acme"

[[target]]
id = "west"
buyer = "acme"

[target.ping]
format = "plain_json"
url = "https://acme.example/ping"

[target.ping.secrets]
key = "env:ACME_KEY"

[target.hours]
zone = "America/Los_Angeles"
mon-fri = "09:00-12:00, 13:00-18:00"

[[target.filter]]
field = "state"
any_of = ["CA"]

[[target]]
id = "desk"
buyer = "acme"
price = "12.50"
destination = "sip:desk@acme.example"

[[target.cap]]
kind = "calls"
period = "day"
limit = 5
"""


def problems(text, **more):
    with pytest.raises(NetworkError) as caught:
        read_network(text, "net.toml", **more)
    return caught.value.problems


def changed(old, new):
    assert SMALL.count(old) >= 1, old
    return SMALL.replace(old, new, 1)


def only(text, **more):
    (problem,) = problems(text, **more)
    assert problem.right
    assert problem.line, "every problem of these has a line"
    return problem
