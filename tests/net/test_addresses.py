"""Who may be asked: public addresses, and what the operator allowed. No lookups elsewhere."""

from ipaddress import ip_address, ip_network

import pytest
import trio

from auctiond.net.addresses import is_refused, read_address
from auctiond.net.resolver import KEEP_FAILURE_S, KEEP_S, NAMES_MAX, AddressBook
from auctiond.net.wire import WireError, WireOptions, open_wire
from market.http import HttpRequest
from tests.net.servers import LOOPBACK, OK, buyer, wire

PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.168.1.1", "198.18.0.1",
    "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%lo", "fec0::1",
    "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1", "5f00::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1",
          "::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450::1"]  # fmt: skip


@pytest.mark.parametrize("text", PRIVATE)
def test_an_address_that_is_not_public_is_refused(text):
    assert is_refused(read_address(text), ())


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_not_refused(text):
    assert not is_refused(read_address(text), ())


def test_an_allowed_network_is_allowed_and_its_neighbour_is_not():
    allowed = (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    assert not is_refused(ip_address("10.1.2.3"), allowed)
    assert not is_refused(read_address("::ffff:10.1.2.3"), allowed)
    assert not is_refused(ip_address("fd12::1"), allowed)
    assert is_refused(ip_address("10.2.0.1"), allowed)
    assert is_refused(ip_address("::1"), allowed)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]",
     "127.1", "0x7f000001", "2130706433", "0177.0.0.1"],
)  # fmt: skip
async def test_a_private_address_in_whatever_spelling_is_refused(host):
    async with open_wire(WireOptions()) as ours:
        with pytest.raises(WireError) as caught:
            await ours.send(HttpRequest("GET", f"http://{host}:1/"))
        assert caught.value.reason == "refused_address"
        assert (ours.statistics().refused, ours.statistics().in_use) == (1, 0)


class Names:
    """A resolver that answers from a list, in turn, and counts."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host):
        self.asked += 1
        answer = self.answers[min(self.asked, len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def refusal(ours, host="buyer.example"):
    with pytest.raises(WireError) as caught:
        await ours.send(HttpRequest("GET", f"http://{host}:1/"))
    return caught.value.reason


@pytest.mark.parametrize("found", [["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["::1"]])
async def test_a_name_with_any_private_address_is_refused(found):
    async with open_wire(WireOptions(resolver=Names(found))) as ours:
        assert await refusal(ours) == "refused_address"


async def test_a_name_that_turns_inwards_is_refused_at_the_next_lookup():
    now_s = [0.0]
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    async with buyer(OK) as shop, wire(resolver=names, now_s=lambda: now_s[0]) as ours:
        request = HttpRequest("GET", f"http://buyer.example:{shop.port}/")
        assert (await ours.send(request)).status == 200
        now_s[0] = KEEP_S + 1
        assert await refusal(ours) == "refused_address"


async def test_a_name_is_looked_up_once_for_all_who_ask_and_kept_for_a_while():
    now_s = [0.0]
    names = Names(["127.0.0.1"])
    async with buyer(OK) as shop, wire(resolver=names, now_s=lambda: now_s[0]) as ours:
        request = HttpRequest("GET", f"http://buyer.example:{shop.port}/")
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(ours.send, request)
        assert names.asked == 1
        now_s[0] = KEEP_S
        await ours.send(HttpRequest("GET", f"http://buyer.example:{shop.port}/", ()))
    assert shop.requests[0].startswith(b"GET / HTTP/1.1\r\nhost: buyer.example:%d\r\n" % shop.port)


@pytest.mark.parametrize("found", [OSError(2, "Name or service not known"), []])
async def test_a_name_that_is_not_found_is_a_connect_error_and_asked_again_soon(found):
    now_s = [0.0]
    names = Names(found)
    async with wire(resolver=names, now_s=lambda: now_s[0]) as ours:
        assert await refusal(ours) == "connect_error"
        assert await refusal(ours) == "connect_error"
        assert names.asked == 1
        now_s[0] = KEEP_FAILURE_S
        await refusal(ours)
        assert names.asked == 2


async def test_when_the_one_who_asked_is_cancelled_the_next_one_asks():
    started, release = trio.Event(), trio.Event()
    asked = []

    async def slow(host):
        asked.append(host)
        started.set()
        await release.wait()
        return ["127.0.0.1"]

    async with buyer(OK) as shop, wire(resolver=slow) as ours, trio.open_nursery() as nursery:
        request = HttpRequest("GET", f"http://buyer.example:{shop.port}/")
        scope = trio.CancelScope()
        replies = []

        async def impatient():
            with scope:
                await ours.send(request)

        async def patient():
            replies.append(await ours.send(request))

        nursery.start_soon(impatient)
        await started.wait()
        nursery.start_soon(patient)
        await trio.testing.wait_all_tasks_blocked()
        scope.cancel()
        await trio.testing.wait_all_tasks_blocked()
        release.set()
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert len(asked) == 2
    assert replies[0].status == 200


async def test_the_second_address_answers_when_the_first_does_not():
    async with buyer(OK) as shop, wire(resolver=Names(["127.0.0.2", "127.0.0.1"])) as ours:
        for _ in range(2):
            reply = await ours.send(HttpRequest("GET", f"http://buyer.example:{shop.port}/"))
            assert reply.status == 200


async def test_the_book_of_names_has_a_last_page():
    async with wire(resolver=Names(OSError(2, "no"))) as ours:
        for number in range(NAMES_MAX + 5):
            await ours._book._ask(f"b{number}.example")
        assert len(ours._book._answers) == NAMES_MAX


async def test_the_address_that_answered_is_asked_first_from_then_on():
    book = AddressBook(Names(["127.0.0.2", "127.0.0.1"]), LOOPBACK, lambda: 0.0)
    dead, alive = await book.look_up("buyer.example")
    book.prefer("buyer.example", alive)
    assert await book.look_up("buyer.example") == (alive, dead)
    book.prefer("buyer.example", ip_address("8.8.8.8"))  # Not one of the checked: ignored.
    assert await book.look_up("buyer.example") == (alive, dead)
