"""A measurement can be found, run and read; nothing here looks at how fast anything is."""

import socket

import orjson
import pytest

from bench.__main__ import as_table, names
from bench.harness import BID, Latency, Result, buyers, median, percentile
from bench.load.alike import http_answer
from bench.results.telling import tell
from bench.tools.usual_times import FULL_S, QUICK_S, usual_s

FOUND = Result(figures={"us_per_ping": 20.5}, ratios={"vs_httpx2": 15.0})


def test_measurements_are_found_by_their_folder_and_helpers_are_none():
    assert "wire" in names()
    assert not {"harness", "__main__", "__init__"} & set(names())


def test_the_json_has_all_that_a_machine_compares():
    read = orjson.loads(tell("wire", FOUND))
    assert read["bench"] == "wire"
    assert read["figures"] == {"us_per_ping": 20.5}
    assert read["ratios"] == {"vs_httpx2": 15.0}
    assert {"python", "platform", "cores"} <= set(read["machine"])


def test_the_table_names_every_figure_and_ratio():
    lines = as_table("wire", FOUND).splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [
        ["figure", "us_per_ping"],
        ["ratio", "vs_httpx2"],
    ]


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 2), (0.75, 3), (0.99, 4), (1.0, 4)])
def test_a_percentile_is_one_of_the_values(share, value):
    assert percentile([4, 1, 3, 2], share) == value
    assert median([3, 1, 2]) == 2


def test_the_buyers_answer_whole_requests_however_they_arrive_and_go_when_told():
    with buyers(2, Latency(median_ms=1.0, spread=0.1)) as ports:
        assert len(set(ports)) == 2
        with socket.create_connection(("127.0.0.1", ports[1]), timeout=5) as ping:
            ping.sendall(b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n{")
            ping.sendall(b"}")
            answer = http_answer(BID)
            assert ping.recv(len(answer), socket.MSG_WAITALL) == answer
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", ports[0]), timeout=5)


def test_each_measurement_says_how_long_it_usually_takes_for_the_bar_of_who_waits():
    assert set(QUICK_S) == set(FULL_S) == set(names())
    assert usual_s("wire", quick=True) == QUICK_S["wire"]
    assert usual_s("new", quick=True) is None
