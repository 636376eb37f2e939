"""The answers: Ringba's JSON and XML as publishers' systems know them, and our own JSON."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import orjson
import pytest

from auctiond.rtb.answers import Answer, write
from market.money import micros
from market.rtb import NO_BID
from tests.calls.kit import START_MS
from tests.rtb.kit import id_of, live_bid

NAME = f"RTB{id_of(0).hex}"
SIP = f"{NAME}@rtb.example.com"
BID = Answer(id_of(0), START_MS, live_bid(sip=SIP, min_duration_s=90.0), warnings=(205, 230))


def test_a_bid_in_ringbas_json():
    assert orjson.loads(write(BID, "json")) == {
        "bidId": NAME,
        "bidAmount": 14,
        "expireInSeconds": 20,
        "bidExpireDT": "11/18/2026 11:07:00 AM +00:00",
        "bidExpireEpoch": START_MS + 20_000,
        "phoneNumber": "+15558000001",
        "phoneNumberNoPlus": "15558000001",
        "sipAddress": SIP,
        "bidTerms": [{"code": 100, "callMinDuration": 90}],
        "warnings": [
            {"code": 205, "description": "calls by SIP are preferred: they name their bid"},
            {
                "code": 230,
                "description": "the bid of an earlier ping of this caller, which still lives",
            },
        ],
    }


def test_a_bid_in_ringbas_xml():
    body = write(BID, "xml")
    root = ET.fromstring(body)
    assert root.tag == "Bid"
    assert [one.tag for one in root] == [
        "BidID",
        "BidAmount",
        "ExpireInSeconds",
        "BidExpireDT",
        "BidExpireEpoch",
        "PhoneNumber",
        "SIPAddress",
        "BidTerms",
        "Warnings",
    ]
    assert (root.findtext("BidAmount"), root.findtext("ExpireInSeconds")) == ("14.00", "20")
    assert [one.get("code") for one in root.iter("Warning")] == ["205", "230"]
    assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')


def test_a_bid_in_our_own_json():
    told = orjson.loads(write(BID, "plain"))
    assert (told["outcome"], told["id"], told["bid"], told["bid_micros"]) == (
        "bid",
        NAME,
        "14.00",
        14_000_000,
    )
    assert (told["number"], told["sip"], told["min_duration_s"]) == ("+15558000001", SIP, 90)
    assert (told["expires_ms"], told["expires_in_s"]) == (START_MS + 20_000, 20)
    assert told["expires_at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("caller_id_required", "Caller ID (Code: 1004)"),
        ("no_bids", "Final capacity check (Code: 1006)"),
        ("rate_limited", "Rate limit (Code: 1024)"),
        ("disabled", "Disabled (Code: 1001)"),
    ],
)
def test_a_refusal_has_no_amount_and_ringbas_words_and_code(reason, text):
    answer = Answer(id_of(0), START_MS, reason=reason)
    assert orjson.loads(write(answer, "json")) == {
        "bidId": NAME,
        "bidAmount": 0,
        "rejectReason": text,
    }
    root = ET.fromstring(write(answer, "xml"))
    assert (root.findtext("BidAmount"), root.findtext("RejectReason")) == ("0.00", text)


@pytest.mark.parametrize("reason", NO_BID)
@pytest.mark.parametrize("style", ["json", "xml", "plain"])
def test_every_reason_can_be_told_in_every_style(reason, style):
    body = write(Answer(id_of(0), START_MS, reason=reason, detail="zip & <state>"), style)
    assert (reason if style == "plain" else str(NO_BID[reason].code)).encode() in body


@pytest.mark.parametrize(
    ("price", "told"), [("14", b"14,"), ("10.5", b"10.5,"), ("7.13", b"7.13,")]
)
def test_an_amount_is_an_exact_number(price, told):
    answer = Answer(id_of(0), START_MS, live_bid(promised=micros(price)))
    assert b'"bidAmount":' + told in write(answer, "json")


@pytest.mark.parametrize(
    ("ms", "told"),
    [
        (1_614_635_207_055, "3/1/2021 9:46:47 PM +00:00"),
        (1_614_556_800_000, "3/1/2021 12:00:00 AM +00:00"),
        (1_614_600_000_000, "3/1/2021 12:00:00 PM +00:00"),
    ],
)
def test_a_moment_is_written_as_ringba_does(ms, told):
    answer = Answer(id_of(0), START_MS, live_bid(expires_ms=ms))
    assert orjson.loads(write(answer, "json"))["bidExpireDT"] == told
