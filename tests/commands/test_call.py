"""`auctiond call` tells an operator which calls there were, and why each went as it did."""

import httpx2
import orjson
import pytest
from click.testing import CliRunner

from auctiond.cli import main
from market.ids import unix_ms
from tests.pg.stores import call_id

SOLD, REFUSED = str(call_id(1)), str(call_id(2))


def test_calls_are_listed_newest_first_in_columns(live):
    result = live.run("call", "list")
    assert result.exit_code == 0, result.output
    header, first, second = (line.split() for line in result.output.splitlines())
    assert header[:2] == ["call", "arrived"]
    assert first[0] == REFUSED[-8:]
    assert first[2] == "blocked"
    assert second[0] == SOLD[-8:]
    assert second[2:] == ["sold", "30384", "2", "4.0", "28.92", "solar", "pub", "zenith"]


def test_a_list_goes_on_where_the_last_one_ended(live):
    first = live.run("call", "list", "--limit", "1").output
    assert f"auctiond call list --before {REFUSED[-8:]}" in first
    assert SOLD[-8:] not in first
    second = live.run("call", "list", "--before", REFUSED[-8:]).output
    assert SOLD[-8:] in second
    assert REFUSED[-8:] not in second
    assert "no older calls" in live.run("call", "list", "--before", SOLD).output


@pytest.mark.parametrize("shown", [SOLD, SOLD[-8:], SOLD[-12:].upper()])
def test_a_call_is_shown_by_its_id_or_the_end_of_it(live, shown):
    result = live.run("call", "show", shown)
    assert result.exit_code == 0, result.output
    lines = {line.split("  ")[0]: line for line in result.output.splitlines()}
    assert SOLD in lines["call"]
    assert "zenith (west) for 28.92" in lines["sold to"]
    assert "zip 30384, state GA" in lines["known"]


def test_a_timeline_counts_from_the_arrival(live):
    lines = live.run("call", "show", SOLD).output.splitlines()
    told = [" ".join(line.split()) for line in lines]
    assert "1,980 bids closed took 17.4 of 400 ms" in told
    assert "1,983 hold refused 1 hold_refused:balance" in told
    assert "6,656 ended sold" in told


def test_every_candidate_has_its_reason_and_who_can_mend_it(live):
    lines = live.run("call", "show", SOLD).output.splitlines()
    told = [" ".join(line.split()) for line in lines]
    assert "1 1 east 93.87 93.87 12.7 hold_refused buyer balance; leg 1" in told
    assert "1 2 west 28.92 28.92 17.0 won leg 2; captured" in told
    assert "1 north timeout buyer" in told
    assert "timeout no whole answer by the deadline" in told


def test_a_call_without_an_auction_says_so(live):
    output = live.run("call", "show", REFUSED).output
    assert "spam" in output
    assert "no auction took place" in output


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("ffffff00", "no call ends in 'ffffff00', among all 2"),
        (str(call_id(3)), "no such call"),
    ],
)
def test_a_call_that_is_not_there_is_said_in_words(live, shown, said):
    result = live.run("call", "show", shown)
    assert result.exit_code == 1
    assert said in result.output


def test_the_end_of_two_ids_is_no_answer(live):
    shared = SOLD[-1] if SOLD[-1] == REFUSED[-1] else ""
    result = live.run("call", "show", shared)
    assert result.exit_code == 1
    assert "2 calls end in" in result.output
    assert SOLD in result.output


def test_the_arrival_is_what_the_id_says(live):
    assert unix_ms(call_id(1)) % 1000 == 1
    assert ".001 " in live.run("call", "show", SOLD).output


def test_a_review_is_listed_and_decided_by_a_person():
    asked = []
    waits = {"call": SOLD, "leg": 2, "buyer": "zenith", "price_micros": 28_920_000, "why": "no end"}

    def answer(request):
        asked.append((request.method, request.url.path, request.content))
        return httpx2.Response(200, json={"reviews": [waits], "calls": [{"id": SOLD}]})

    def run(*words):
        env = {"AUCTIOND_URL": "http://127.0.0.1:1", "AUCTIOND_KEY": "k"}
        return CliRunner().invoke(main, ["call", *words], obj=httpx2.MockTransport(answer), env=env)

    assert run("reviews").output.splitlines()[1].split() == [
        *(SOLD[-8:], "2", "28.92", "zenith", "no", "end")
    ]
    assert "say what it was" in run("settle", SOLD, "--leg", "2").output
    assert run("settle", SOLD[-8:], "--leg", "2", "--release").exit_code == 0
    method, path, body = asked[-1]
    assert (method, path) == ("POST", f"/v1/calls/{SOLD}/settle")
    assert orjson.loads(body) == {"leg": 2, "outcome": "release"}


def test_nothing_waits_on_a_new_server_and_nothing_can_be_settled(live):
    assert live.run("call", "reviews").output == "Nothing waits for a decision.\n"
    result = live.run("call", "settle", SOLD, "--leg", "2", "--capture")
    assert result.exit_code == 1
    assert "Nothing is held for leg 2" in result.output
