"""What a target's people hear before the join, as a network file says it."""

import pytest

from routing.network_diff import diff
from routing.network_file import read_network, write_network
from tests.routing.small_file import SMALL, changed, only

RINGS = 'price = "12.50"'
WHISPERS = changed(RINGS, RINGS + '\nwhisper = "Auto."\naccept_key = "1"\nno_machine = true')


def test_the_keys_are_read_and_written_back():
    network = read_network(WHISPERS, "net.toml")
    (target,) = [one for one in network.targets if one.whisper]
    assert (target.whisper, target.accept_key, target.no_machine) == ("Auto.", True, True)
    assert read_network(write_network(network), "export") == network


def test_a_change_of_the_whisper_is_shown():
    change, *_ = diff(read_network(SMALL, "old"), read_network(WHISPERS, "new"))
    assert "whisper" in str(change)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('whisper = " "', "whisper"),
        ("whisper = true", "whisper"),
        (f'whisper = "{"a" * 201}"', "whisper"),
        ('accept_key = "2"', "accept_key"),
        ("accept_key = 1", "accept_key"),
        ('no_machine = "yes"', "no_machine"),
    ],
)
def test_what_makes_no_sense_is_refused(line, key):
    assert only(changed(RINGS, f"{RINGS}\n{line}")).key.endswith(key)
