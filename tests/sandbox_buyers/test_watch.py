"""The search must find what leaks, and nothing in what may be sent."""

import hashlib

import orjson
import pytest

from auctiond.sandbox.buyers.watch import Watch
from auctiond.sandbox.people import people

CROWD = list(people(3, 500))
WATCH = Watch(CROWD)
WHO = CROWD[42]
NATIONAL = WHO.number[2:]
AREA, EXCHANGE, LINE = NATIONAL[:3], NATIONAL[3:6], NATIONAL[6:]
HEAD = b"POST /ping HTTP/1.1\r\nhost: 127.0.0.1:9001\r\ncontent-type: application/json\r\n\r\n"


def ping(**fields):
    return HEAD + orjson.dumps({"auction": "0193a2b4-7c3d-7abc-9def-0123456789ab", **fields})


@pytest.mark.parametrize(
    "written",
    [
        WHO.number,
        f"1{NATIONAL}",
        NATIONAL,
        f"001{NATIONAL}",
        f"{AREA}-{EXCHANGE}-{LINE}",
        f"{AREA}.{EXCHANGE}.{LINE}",
        f"{AREA} {EXCHANGE} {LINE}",
        f"({AREA}) {EXCHANGE}-{LINE}",
        f"+1 ({AREA}) {EXCHANGE}-{LINE}",
        f"%2B1{NATIONAL}",
        f"sip:+1{NATIONAL}@carrier.example",
        f"caller{NATIONAL}",
        f"{EXCHANGE}{LINE}",
        f"{EXCHANGE}-{LINE}",
    ],
)
def test_a_number_is_found_however_it_is_written(written):
    assert WATCH.kinds(ping(zip="90012", note=written)) == ("number",)


def test_a_number_is_found_in_the_address_and_in_the_headers():
    assert WATCH.kinds(b"GET /ping?cid=%2B1" + NATIONAL.encode() + b" HTTP/1.1\r\n\r\n") == (
        "number",
    )
    assert WATCH.kinds(HEAD[:-2] + b"x-caller: " + NATIONAL.encode() + b"\r\n\r\n{}") == ("number",)


@pytest.mark.parametrize("new", [hashlib.md5, hashlib.sha1, hashlib.sha256])
@pytest.mark.parametrize("written", [WHO.number, NATIONAL, f"1{NATIONAL}", f"{EXCHANGE}{LINE}"])
def test_a_hash_of_a_number_is_the_number(new, written):
    digest = new(written.encode()).hexdigest()
    assert WATCH.kinds(ping(hash=digest)) == ("number_hash",)
    assert WATCH.kinds(ping(hash=digest.upper())) == ("number_hash",)


def test_names_emails_and_streets_are_found_in_any_shape():
    first, last = WHO.name.split()
    assert WATCH.kinds(ping(caller=WHO.name.upper())) == ("name",)
    assert WATCH.kinds(ping(last_name=last, first_name=first)) == ("name",)
    assert WATCH.kinds(HEAD + f"name={first}+{last}".encode()) == ("name",)
    assert WATCH.kinds(ping(contact=WHO.email)) == ("email",)
    assert WATCH.kinds(HEAD + b"email=" + WHO.email.replace("@", "%40").encode()) == ("email",)
    assert WATCH.kinds(ping(where=WHO.street)) == ("street",)
    assert WATCH.kinds(HEAD + WHO.street.replace(" ", "+").encode()) == ("street",)
    hashed = hashlib.sha256(WHO.email.encode()).hexdigest()
    assert WATCH.kinds(ping(e=hashed)) == ("email_hash",)


def test_what_cannot_be_read_counts_as_a_leak():
    raw = HEAD.replace(b"content-type", b"Content-Encoding: gzip\r\ncontent-type")
    assert WATCH.kinds(raw) == ("unreadable",)


def test_what_a_ping_may_say_is_no_leak():
    for n, one in enumerate(CROWD):
        raw = ping(
            vertical="auto-insurance",
            state=one.state,
            zip=one.zip,
            area_code=one.area_code,
            reserve=2_500_000 + n * 1_000_000,
            deadline_ms=350,
            at_ms=1_795_000_000_000 + n,
            publisherInboundCallId=f"0193{n:04x}-7c3d-7abc-9def-{n:012d}",
        )
        assert WATCH.kinds(raw) == ()


def test_a_stranger_is_none_of_the_people():
    stranger = next(people(4, 1))
    assert WATCH.kinds(ping(phone=stranger.number, email=stranger.email)) == ()
    assert WATCH.who(stranger.number) is None
    assert WATCH.who(f"({AREA}) {EXCHANGE}-{LINE}") == 42
