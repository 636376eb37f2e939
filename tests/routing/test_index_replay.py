"""An auction of a large tier is decided again from its record, as it was."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from market.condition import Comparison
from market.inputs import Inputs
from market.money import micros
from market.network import Cap, Filter
from market.pricing import Modifier
from routing.decide import Known, Reading, choose, why_not
from routing.eligible import ASKED_MOST
from routing.index_building import INDEX_LEAST
from routing.snapshot import compile_network
from tests.routing.test_index import Ledger
from tests.routing.worlds import NOON, network, target

ODD = Comparison("zip", "in", ("9",))
KNOWN = Inputs(campaign="auto", publisher="pub", at_ms=int(NOON.timestamp() * 1000))


def test_what_was_known_of_accounts_is_on_record_and_decides_again():
    targets = [
        target(
            f"t{n}",
            caps=(Cap("calls", "ever", 2),),
            paused=n % 7 == 0,
            concurrency=1,
            modifiers=(Modifier("reject", condition=ODD),) * (n % 5 == 0),  # Asked one by one.
        )
        for n in range(ASKED_MOST + 100)
    ]
    snapshot = compile_network(1, network(*targets))
    ledger, draw = Ledger(), Random(3)
    ledger.put("wallet:acme", micros(1000))
    for _ in range(60):
        number = draw.randrange(len(targets))
        ledger.put(f"cap:t{number}:calls/ever:ever", -draw.choice((1, 2)))
        ledger.put(f"slot:t{draw.randrange(len(targets))}", 0, draw.randint(0, 1))
        usage = Reading(ledger)
        chosen = choose(snapshot, KNOWN, usage, ledger.standings)
        used = usage.refusing(chosen, KNOWN, snapshot)
        known = replace(KNOWN, used=used, spent=chosen.spent)
        again = choose(snapshot, known, Known(known.used))
        assert again.targets == chosen.targets
        assert again.excluded == chosen.excluded
    assert len(chosen.targets) == ASKED_MOST
    assert {no.reason for no in chosen.excluded} == {"cap:calls/ever", "concurrency"}


def test_why_a_target_was_not_asked_is_found_again():
    filters = (Filter("zip", any_of=("1",)),)
    targets = [target(f"t{n}", filters=filters) for n in range(INDEX_LEAST)]
    targets[5] = replace(targets[5], filters=(Filter("zip", any_of=("2",)),))
    targets[6] = replace(targets[6], caps=(Cap("calls", "ever", 1),))
    snapshot = compile_network(1, network(*targets))
    ledger = Ledger()
    ledger.put("wallet:acme", micros(1000))
    ledger.put("cap:t6:calls/ever:ever", -1)
    known = replace(KNOWN, facts=(("zip", "1"),))
    chosen = choose(snapshot, known, ledger, ledger.standings)
    known = replace(known, spent=chosen.spent)
    ledger.put("cap:t6:calls/ever:ever", 0)  # Since then.
    found = [why_not(snapshot, known, f"t{n}") for n in (4, 5, 6, INDEX_LEAST - 1)]
    assert found == ["", "filter:zip", "cap:calls/ever", "crowd"]
    assert why_not(snapshot, known, "elsewhere") == ""
