"""Who is rung in the sandbox presses the key, or does not, or is a machine."""

from collections import Counter
from random import Random

import pytest

from auctiond.sandbox.carrier import CarrierOptions
from auctiond.sandbox.carrier.phones import (
    BadOrder,
    Phone,
    key_pressed,
    phone_by_law,
    read_phone,
)
from tests.sandbox_carrier.fake_server import open_bench


def plain(hooks):
    return CarrierOptions(hooks=hooks, hurry=100.0)


def test_by_seed_most_press_the_key_some_do_not_and_some_are_machines():
    phones = [phone_by_law(Random(seed)) for seed in range(1000)]
    assert phones == [phone_by_law(Random(seed)) for seed in range(1000)]
    found = Counter(
        "machine" if phone.machine else key_pressed(phone)
        for phone in phones
        if phone.behaviour == "answers"
    )
    assert found["1"] > 10 * found[""] > 0
    assert found["1"] > 10 * found["machine"] > 0


def test_a_machine_presses_nothing():
    assert key_pressed(Phone(presses="1", machine=True)) == ""
    assert key_pressed(read_phone({"behaviour": "answers", "presses": "2"})) == "2"
    with pytest.raises(BadOrder, match="machine: true or false"):
        read_phone({"behaviour": "answers", "machine": "yes"})


async def test_only_a_leg_that_was_dialled_to_be_joined_is_joined():
    async with open_bench(plain) as bench:
        _, ref = await bench.answered()
        for other in ("v3:x", ref, None):
            reply = await bench.do(ref, "bridge", call_control_id=other)
            assert reply.status_code == 422
