"""What comes within a talk, or says so, at the signalling edge."""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
import trio

from auctiond.sandbox.sip.kamailio import missing_for_kamailio
from auctiond.sandbox.sip.sipp import Buyer, Caller, SippFailed, call, phone
from market.phone import (
    Dial,
    Ended,
    Joined,
)
from tests.sip.conftest import need
from tests.sip.proxy_desk import DATAGRAMS, NUMBER, open_desk


@pytest.fixture(autouse=True)
def _installed():
    need(missing_for_kamailio())


def request_of(method: str, door: str, to: int, own: int) -> bytes:
    """Return a request that says it is of a call under way, through `door` to a port `to`."""
    return (
        f"{method} sip:+19005550100@127.0.0.1:{to} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK-{method}\r\n"
        f"Route: <sip:{door};lr;ftag=a>\r\n"
        "From: <sip:them@127.0.0.1>;tag=a\r\n"
        "To: <sip:us@127.0.0.1>;tag=b\r\n"
        "Call-ID: their-own\r\n"
        f"CSeq: 2 {method}\r\n"
        f"Contact: <sip:+12125550111@127.0.0.1:{own}>\r\n"
        "P-Asserted-Identity: <sip:+12125550111@127.0.0.1>\r\n"
        "Max-Forwards: 70\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()


async def test_what_says_it_is_of_a_call_rings_nobody_and_what_follows_in_one_stays_hidden(
    tmp_path,
):
    async with open_desk(tmp_path) as desk:
        with DATAGRAMS() as stranger, DATAGRAMS() as other, trio.fail_after(10):
            for each in (stranger, other):
                await each.bind(("127.0.0.1", 0))
            host, _, port = desk.sip.removeprefix("sip:").partition(":")
            ports = other.getsockname()[1], stranger.getsockname()[1]
            await stranger.sendto(request_of("INVITE", desk.sip, *ports), (host, int(port)))
            assert (await stranger.recv(4096)).startswith(b"SIP/2.0 481 ")
            await stranger.sendto(request_of("INFO", desk.sip, *ports), (host, int(port)))
            came = await other.recv(4096)
    assert came.startswith(b"INFO "), "the first that came: no INVITE did"
    assert b"Contact: <sip:call@127.0.0.1" in came
    assert b"2125550111" not in came


async def test_an_invite_within_a_talk_goes_to_who_talks_and_does_not_lengthen_it(tmp_path):
    async with (
        phone(Buyer(0.1, 60), tmp_path) as buyer,
        open_desk(tmp_path) as desk,
        trio.open_nursery() as calls,
    ):
        caller = Caller("+12125550111", NUMBER, talk_s=6)

        async def rung_off() -> None:
            with suppress(SippFailed):  # The edge parts him where his contact is by then: at `one`.
                await call(caller, desk.sip, tmp_path)

        calls.start_soon(rung_off)
        ref = await desk.held()
        assert await desk.give(Dial, ref, leg=1, destination=buyer, longest_s=2) == 200
        await desk.told(Joined, 1)
        while not said(tmp_path):  # noqa: ASYNC110  A file of another program's.
            await trio.sleep(0.01)
        with DATAGRAMS() as one, DATAGRAMS() as other, trio.fail_after(40):
            for each in (one, other):
                await each.bind(("127.0.0.1", 0))
            ports = other.getsockname()[1], one.getsockname()[1]
            again = request_of("INVITE", desk.sip, *ports).decode()
            for name, value in said(tmp_path).items():
                again = re.sub(f"(?m)^{name}: .*?\r\n", f"{name}: {value}\r\n", again)
            host, _, port = desk.sip.removeprefix("sip:").partition(":")
            await one.sendto(again.encode(), (host, int(port)))
            came = await other.recv(4096)
            for turn in count():  # As a phone with a session timer, in a hurry.
                if any(isinstance(one, Ended) for one in desk.news):
                    break
                more = again.replace("z9hG4bK", f"z9hG4bK{turn}").encode()
                await one.sendto(more, (host, int(port)))
                await trio.sleep(0.2)
        assert (await desk.told(Ended, 1)).cause == "max_duration"
    assert came.startswith(b"INVITE ")
    assert b"2125550111" not in came


def said(folder: Path) -> dict[str, str]:
    """Return the headers of a call that was answered, as its caller's next request has them."""
    for path in folder.glob("*.messages"):
        for part in path.read_text().replace("\r\n", "\n").split("\n\n"):
            if "SIP/2.0 200" in part and "Record-Route:" in part and "INVITE" in part:
                found = dict(re.findall(r"(?m)^(From|To|Call-ID|Record-Route): (.*)$", part))
                return {name.replace("Record-", ""): value for name, value in found.items()}
    return {}
