"""Who makes a load: starts are all there and know when they were due; buyers keep to their laws."""

from __future__ import annotations

import http.client
import json
import os
import socket

import pytest

from auctiond.sandbox.buyers.stats import SentLog
from bench.load.buyers import Shop
from bench.load.metronome import moments
from bench.load.starts import Punctuality, starts
from bench.stages.skies import buyers_of_all_kinds
from bench.tools.cores import OWN, apart, own_core

PING = b'{"auction":"abc-0","state":"TX"}'
REQUEST = b"POST /ping HTTP/1.1\r\ncontent-length: %d\r\n\r\n%b" % (len(PING), PING)


async def test_starts_come_as_often_as_was_wanted_and_their_maker_says_how_late_it_was():
    punctuality, wanted = Punctuality(), moments(rate=400, seconds=0.2, seed=1, burst=4)
    due = [at async for at in starts(400, 0.2, 1, 4, punctuality)]
    begin = due[0] - wanted[0]
    assert due == pytest.approx([begin + offset for offset in wanted], abs=1e-4)
    assert punctuality.late.count == len(wanted)
    assert punctuality.cpu_share > 0


def test_buyers_note_when_a_bid_had_left():
    with buyers_of_all_kinds(4, None) as buyers:
        with socket.create_connection(("127.0.0.1", buyers.ports[3]), timeout=30) as ping:
            ping.sendall(REQUEST)
            answer = http.client.HTTPResponse(ping)
            answer.begin()
            assert json.loads(answer.read())["bid"] > 0
        assert [name for _, name in buyers.sent_s()] == ["abc-0"]
        buyers.reset()
        assert buyers.sent_s() == {}


def test_one_buyer_is_dead_one_flaps_and_the_rest_answer():
    shops = [Shop(number, 1, SentLog()) for number in range(5)]
    wrong = [{shop.turn()[0] for _ in range(40)} for shop in shops]
    assert wrong[0] == {"silence"}
    assert wrong[2] == {"answer", "error", "silence"}
    assert wrong[1] == wrong[3] == wrong[4] == {"answer"}


def test_what_is_measured_has_a_core_for_itself_and_gives_it_back():
    before = os.sched_getaffinity(0)
    with own_core():
        assert os.sched_getaffinity(0) == set(OWN)
    assert os.sched_getaffinity(0) == before
    assert apart() == float(len(before) > 1)
