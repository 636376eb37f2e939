"""An INVITE as some carriers write it: short names, spaces before the colon, folded lines."""

from __future__ import annotations

from contextlib import asynccontextmanager

import trio

from auctiond.sandbox.sip.edge import missing_for_media
from auctiond.sandbox.sip.exact import SDP, Answerer
from auctiond.sandbox.sip.kamailio import missing_for_kamailio
from market.phone import Arrived, Dial, Joined
from tests.sip.conftest import need
from tests.sip.media_desk import open_desk as open_media_desk
from tests.sip.proxy_desk import DATAGRAMS, NUMBER, open_desk

CALLER = "+12125550131"
TELLS = ("2125550131", "Lovelace", "Grace")  # What of it no buyer's phone may see.


def invite(door: str, own: int) -> bytes:
    """Return an INVITE of the odd kind."""
    return (
        f"INVITE sip:{NUMBER}@{door} SIP/2.0\r\n"
        f"v: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK-odd\r\n"
        f'f : "Ada Lovelace"\r\n  <sip:2125550131@127.0.0.1:{own};user=phone>;tag=odd\r\n'
        f"t:<sip:{NUMBER}@{door}>\r\n"
        "i: odd@127.0.0.1\r\n"
        "CSEQ:   7   INVITE\r\n"
        f"m: <sip:{CALLER}@127.0.0.1:{own}>\r\n"
        "max-forwards: 70\r\n"
        "x-lead-name: Grace\r\n"
        "s: a call of Ada Lovelace\r\n"
        f"P-Charge-Info: <sip:{CALLER}@127.0.0.1>\r\n"
        f"Reply-To: <sip:{CALLER}@127.0.0.1>\r\n"
        f"b: <sip:{CALLER}@127.0.0.1>\r\n"
        "c: application/sdp\r\n"
        f"l: {len(SDP)}\r\n\r\n{SDP}"
    ).encode()


@asynccontextmanager
async def called(door: str):
    """Place the odd call while the block lasts; what comes back is not read."""
    host, _, port = door.partition(":")
    with DATAGRAMS() as phone:
        await phone.bind(("127.0.0.1", 0))
        await phone.sendto(invite(door, phone.getsockname()[1]), (host, int(port)))
        yield


async def test_kamailio_reads_it_and_a_buyer_sees_nothing_of_who_calls(tmp_path):
    need(missing_for_kamailio())
    buyer = Answerer(ring_s=0.0)
    async with buyer.open(), open_desk(tmp_path) as desk, called(desk.sip):
        arrived = await desk.told(Arrived)
        assert (arrived.caller, arrived.dialled) == (CALLER, NUMBER)
        assert arrived.call_ref == "odd@127.0.0.1"
        assert arrived.lead == {"name": "Grace"}
        ref = await desk.held()
        assert await desk.give(Dial, ref, leg=1, destination=buyer.address) == 200
        await desk.told(Joined, 1)
    (rung,) = buyer.calls.values()
    seen = [rung.invite.first, *(f"{name}: {value}" for name, value in rung.invite.headers)]
    assert not [line for line in seen if any(told in line for told in TELLS)]


async def test_the_media_switch_reads_it(tmp_path):
    need(missing_for_media())
    async with open_media_desk(tmp_path) as desk, called(desk.switch.sip):
        told = await desk.server.until("call.initiated", "incoming")
        assert (told["from"], told["to"]) == (CALLER, NUMBER)
        assert told["caller_id_name"] == "Ada Lovelace"
        assert told["custom_headers"] == [{"name": "X-Lead-Name", "value": "Grace"}]
        with trio.fail_after(10):
            await desk.do(told["call_control_id"], "reject", cause="USER_BUSY", command_id="1")
