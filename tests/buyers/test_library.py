"""Every file of the library: its own cases, and manners that all of them have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from buyers.ask import Ask
from buyers.cases import ask_of, bind_case, run_cases
from buyers.codec import make_confirm, make_ping, make_post, read_bid, read_confirm, read_post
from buyers.format import BuyerFormat
from buyers.library import load_library
from buyers.reader import answer_reader
from market.bids import Bid, NoBid
from market.http import HttpReply
from market.reasons import reason_of

LIBRARY = load_library()
FORMATS = [pytest.param(form, id=name) for name, form in LIBRARY.items() if form.ping]
ALL = [pytest.param(form, id=name) for name, form in LIBRARY.items()]
CASES = [
    pytest.param(run, id=f"{name}: {run.case.name}")
    for name, form in LIBRARY.items()
    for run in run_cases(form)
]
LEAD = {
    "name": "Ada Lovelace",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "phone": "+14155550123",
    "email": "ada@person.example",
    "street": "1 Private Road",
    "city": "Springfield",
    "birth_date": "1980-01-02",
    "ip": "203.0.113.9",
    "user_agent": "Mozilla/9",
    "trusted_form_url": "https://cert.example/abc",
}
BODIES = {"json", "form", "query", "xml", "body"}
PLAIN_JSON = [
    form
    for form in LIBRARY.values()
    if form.ping and answer_reader(form.bid.answer).special is None
]
BOUND = {name: bind_case(form, form.cases[0]) for name, form in LIBRARY.items() if form.ping}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_the_library_has_its_four():
    assert {"plain_json", "retreaver", "ringba", "trackdrive"} <= set(LIBRARY)


@pytest.mark.parametrize("run", CASES)
def test_a_case_of_a_file_holds(run):
    assert run.problems == ()


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_brings_a_bid_a_refusal_and_nonsense(form: BuyerFormat):
    read = [case.ping.reads for case in form.cases]
    reasons = [str(one.get("no_bid", "")) for one in read]
    assert any("bid" in one for one in read)
    assert any(reason.startswith("reject") for reason in reasons)
    assert "unparseable" in reasons
    assert any(BODIES & set(case.ping.sends) for case in form.cases)


@pytest.mark.parametrize("form", ALL)
def test_confirm_and_post_of_a_file_have_a_case(form: BuyerFormat):
    assert form.confirm is None or any(case.confirm for case in form.cases)
    assert form.cancel is None or any(case.cancel for case in form.cases)
    assert form.post is None or any(case.post for case in form.cases)


@pytest.mark.parametrize("form", ALL)
def test_a_file_is_in_the_documentation(form: BuyerFormat):
    text = (Path(__file__).parents[2] / "docs" / "buyers.md").read_text()
    assert f"`{form.name}`" in text


@pytest.mark.parametrize("form", FORMATS)
def test_a_reason_of_a_file_is_one_we_know(form: BuyerFormat):
    for case in form.cases:
        if "no_bid" in case.ping.reads:
            reason_of(str(case.ping.reads["no_bid"]))


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_of_the_lead_is_in_a_ping_or_a_confirm(form: BuyerFormat):
    """And all of it is at hand: the post, made from the same buyer, has it."""
    case = form.cases[0]
    buyer, ask = bind_case(form, case), ask_of(case)
    bid = read_bid(buyer, HttpReply(case.ping.status, (), case.ping.body), case.now_ms)
    assert isinstance(bid, Bid)
    post = make_post(buyer, bid, LEAD, case.now_ms)
    assert post is None or "Lovelace" in post.body.decode() + post.url
    for request in (make_ping(buyer, ask), make_confirm(buyer, bid, ask)):
        said = repr(request).lower()
        for value in LEAD.values():
            assert value.lower() not in said
        assert "4155550123" not in said


def accepting(form: BuyerFormat) -> bytes:
    return next(case.ping.body for case in form.cases if "bid" in case.ping.reads)


ACCEPTING = [(accepting(form), form) for form in LIBRARY.values() if form.ping]


# What is not made for one file is read by all of them: thinking it up takes longer than reading it.
@given(body=st.binary(max_size=300), status=st.integers(100, 599))
@settings(max_examples=200)
def test_no_bytes_whatever_raise_or_bid(body: bytes, status: int):
    """But those that somebody wrote: Hypothesis finds the good answers that stand in our code."""
    assume(not body.startswith(b"{"))
    check_harmless(body, status)


@given(value=json_values)
@settings(max_examples=200)
def test_no_json_whatever_raises_or_bids(value: object):
    check_harmless(json.dumps(value).encode(), 200)


def check_harmless(body: bytes, status: int) -> None:
    for name, buyer in BOUND.items():
        reply = HttpReply(status, (), body)
        found = read_bid(buyer, reply, 0)
        assert isinstance(found, NoBid), name
        reason_of(found.reason)
        assert not read_confirm(buyer, reply).ok, name
        assert not read_post(buyer, reply).ok, name


ODD = ["NaN", "1e9", "-1", "$1,000", "sip:a@b.c", "0", "\x00", "true", "9" * 400]
MARKUP = ["&amp;", "&x;", "<", "<a>", "]]>", "<!DOCTYPE a>", "<![CDATA[1]]>", "{}", "[", '"', ","]
PIECES = st.binary(max_size=20) | st.sampled_from([text.encode() for text in (*ODD, *MARKUP)])


@given(
    turns=st.lists(st.tuples(st.integers(0, 99), st.booleans()), max_size=6),
    value=json_values | st.sampled_from(ODD),
)
@settings(max_examples=250)
def test_an_answer_with_one_odd_value_is_no_bid_or_a_sane_one(
    turns: list[tuple[int, bool]], value: object
):
    """A value of a good answer is replaced by anything: what still bids is in bounds."""
    for form in PLAIN_JSON:
        answer = orjson.loads(accepting(form))
        put(answer, turns, value)
        check_sane(form, json.dumps(answer).encode())


def put(answer: Any, turns: list[tuple[int, bool]], value: object) -> None:
    """Put `value` into `answer`: each turn says under which key, and whether deeper still."""
    for turn, deeper in (*turns, (0, False)):
        keys = list(answer) if isinstance(answer, dict) else list(range(len(answer)))
        key = keys[turn % len(keys)]
        if not (deeper and isinstance(answer[key], dict | list) and answer[key]):
            break
        answer = answer[key]
    answer[key] = value


@given(start=st.integers(0, 400), count=st.integers(0, 60), piece=PIECES)
@settings(max_examples=250)
def test_an_answer_with_a_piece_exchanged_is_no_bid_or_a_sane_one(
    start: int, count: int, piece: bytes
):
    for good, form in ACCEPTING:
        at = start % (len(good) + 1)
        check_sane(form, good[:at] + piece + good[at + count :])


def check_sane(form: BuyerFormat, body: bytes) -> None:
    buyer = BOUND[form.name]
    found = read_bid(buyer, HttpReply(200, (), body), 0)
    if isinstance(found, NoBid):
        reason_of(found.reason)
        assert len(found.detail) <= 120
    else:
        assert type(found.price) is int
        assert 0 < found.price <= buyer.target.price_max
        assert found.destination.startswith(("+", "sip:", "sips:"))
        assert 0 <= found.billable_after_s <= 7200
        assert found.expires_ms is None or found.expires_ms > 0


def shows_its_end(form: BuyerFormat) -> bool:
    """Return whether an answer that was cut off can be told from a whole one. Text cannot."""
    answer = form.bid.answer
    return answer.kind in ("json", "xml") and "escaped" not in answer.forgive


@pytest.mark.parametrize("form", FORMATS)
def test_a_good_answer_spoilt_is_no_bid(form: BuyerFormat):
    good = accepting(form)
    spoilt = [
        b"<html><body>" + good + b"</body></html>",
        *([good[:-1], good + good] if shows_its_end(form) else []),
        b"[" * 5000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b"<a>" * 5000,
        b"<a>" * 900 + b"</a>" * 900,
        b"<a/>" * 5000,
        good + b" " * 70_000,
        good.replace(good[:1], good[:1] + b"\xff", 1),
        good.decode().encode("utf-32"),
        b"",
        b"null",
        b'"ok"',
        b"200",
    ]
    buyer = bind_case(form, form.cases[0])
    for body in spoilt:
        found = read_bid(buyer, HttpReply(200, (("content-type", "text/html"),), body), 0)
        assert isinstance(found, NoBid), body[:80]
        assert found.reason == "unparseable"


@pytest.mark.parametrize("form", FORMATS)
def test_a_byte_order_mark_and_a_wrong_content_type_do_no_harm(form: BuyerFormat):
    case = next(case for case in form.cases if "bid" in case.ping.reads)
    buyer = bind_case(form, case)
    reply = HttpReply(200, (("content-type", "text/html"),), b"\xef\xbb\xbf" + case.ping.body)
    assert isinstance(read_bid(buyer, reply, case.now_ms), Bid)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_a_good_answer_in_a_bad_status_is_no_bid(form: BuyerFormat, status: int):
    found = read_bid(bind_case(form, form.cases[0]), HttpReply(status, (), accepting(form)), 0)
    assert isinstance(found, NoBid)
    assert found.reason == "http"


def test_an_ask_has_no_place_for_a_person():
    for name in (*LEAD, "caller_id", "ivr.phone", "ivr.full_name", "phone_hash", "settings.x"):
        with pytest.raises(ValueError, match=name.replace(".", r"\.")):
            Ask({name: "x"}, "0193", 700)
    with pytest.raises(ValueError, match="zip"):
        Ask({"zip": "+14155550123"}, "0193", 700)
