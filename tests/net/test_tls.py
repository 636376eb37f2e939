"""TLS to buyers: only with a valid certificate for the very name, and never downgraded."""

import gc
import ssl
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import trio
import trustme

from auctiond.net.wire import WireError, WireOptions, open_wire
from market.http import HttpRequest
from tests.net.servers import LOOPBACK, OK, read_request

CA = trustme.CA()
NOW = datetime.now(UTC)
GOOD = CA.issue_cert("buyer.example", "127.0.0.1")


def server_context(certificate=GOOD, **settings):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    for name, value in settings.items():
        setattr(context, name, value)
    return context


async def secure_buyer(context, nursery):
    """Start a TLS buyer and return its port."""

    async def serve(stream):
        secured = trio.SSLStream(stream, context, server_side=True)
        try:
            while await read_request(secured):
                await secured.send_all(OK)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # The client went without a farewell, as it should.
        finally:
            await stream.aclose()

    listeners = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
    return listeners[0].socket.getsockname()[1]


async def at_home(host):
    return ["127.0.0.1"]


@pytest.fixture
def options(tmp_path):
    ca_file = tmp_path / "ca.pem"
    CA.cert_pem.write_to_path(ca_file)
    return WireOptions(allowed_networks=LOOPBACK, ca_file=ca_file, resolver=at_home)


@pytest.mark.parametrize("host", ["buyer.example", "BUYER.example", "127.0.0.1"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_valid_certificate_is_accepted_and_the_connection_kept(options, host, version):
    async with trio.open_nursery() as nursery, open_wire(options) as wire:
        port = await secure_buyer(server_context(maximum_version=version), nursery)
        for _ in range(3):
            reply = await wire.send(HttpRequest("POST", f"https://{host}:{port}/", (), b"{}"))
            assert reply.body == b"ok"
        assert (wire.statistics().opened, wire.statistics().reused) == (1, 2)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        (CA.issue_cert("other.example"), "not valid for 'buyer.example'"),
        (trustme.CA().issue_cert("buyer.example"), "unable to get local issuer|self-signed"),
        (
            CA.issue_cert(
                "buyer.example",
                not_before=NOW - timedelta(days=9),
                not_after=NOW - timedelta(days=1),
            ),
            "expired",
        ),
    ],
    ids=["wrong_name", "unknown_authority", "expired"],
)
async def test_a_bad_certificate_is_a_tls_error_that_says_why(options, certificate, words):
    async with trio.open_nursery() as nursery, open_wire(options) as wire:
        port = await secure_buyer(server_context(certificate), nursery)
        with pytest.raises(WireError, match=words) as caught:
            await wire.send(HttpRequest("GET", f"https://buyer.example:{port}/"))
        assert caught.value.reason == "tls_error"
        assert wire.statistics().in_use == 0
        nursery.cancel_scope.cancel()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_tls_1_1_is_refused(options):
    old = server_context(
        minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1
    )
    old.set_ciphers("ALL:@SECLEVEL=0")
    async with trio.open_nursery() as nursery, open_wire(options) as wire:
        port = await secure_buyer(old, nursery)
        with pytest.raises(WireError, match="tls_error"):
            await wire.send(HttpRequest("GET", f"https://buyer.example:{port}/"))
        nursery.cancel_scope.cancel()


async def test_a_buyer_without_tls_is_a_tls_error_and_gets_no_plain_ping(options):
    heard = []

    async def plain(stream):
        heard.append(await stream.receive_some(65536))
        await stream.send_all(OK)

    async with trio.open_nursery() as nursery, open_wire(options) as wire:
        listeners = await nursery.start(partial(trio.serve_tcp, plain, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        with pytest.raises(WireError, match="tls_error"):
            await wire.send(HttpRequest("POST", f"https://buyer.example:{port}/", (), b"secret"))
        nursery.cancel_scope.cancel()
    assert b"secret" not in heard[0]
    assert b"POST" not in heard[0]


async def test_a_stalled_handshake_that_is_cancelled_leaves_no_socket(options):
    """The buyer sees the end while the collector is off: nothing waits for it to tidy up."""
    hello, gone = trio.Event(), trio.Event()

    async def stall(stream):
        await stream.receive_some(65536)
        hello.set()
        assert not await stream.receive_some(65536)
        gone.set()

    async with trio.open_nursery() as nursery, open_wire(options) as wire:
        listeners = await nursery.start(partial(trio.serve_tcp, stall, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        request = HttpRequest("GET", f"https://buyer.example:{port}/")
        gc.disable()
        try:
            async with trio.open_nursery() as asking:
                asking.start_soon(wire.send, request)
                await hello.wait()
                assert wire.statistics().in_use == 1
                asking.cancel_scope.cancel()
            await gone.wait()
        finally:
            gc.enable()
        assert (wire.statistics().in_use, wire.statistics().opened) == (0, 0)
        nursery.cancel_scope.cancel()


async def test_an_answer_that_is_cut_without_a_farewell_is_dropped(options):
    """Without a length only the farewell tells a whole answer from a cut one."""

    async def cut(stream):
        secured = trio.SSLStream(stream, server_context(), server_side=True)
        await read_request(secured)
        await secured.send_all(b"HTTP/1.1 200 OK\r\n\r\nhalf of it")
        await stream.aclose()

    async with trio.open_nursery() as nursery, open_wire(options) as wire:
        listeners = await nursery.start(partial(trio.serve_tcp, cut, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        with pytest.raises(WireError, match="dropped"):
            await wire.send(HttpRequest("GET", f"https://buyer.example:{port}/"))
        nursery.cancel_scope.cancel()


async def test_a_context_that_does_not_verify_is_refused():
    blind = ssl.create_default_context()
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    with pytest.raises(ValueError, match="ssl_context"):
        async with open_wire(WireOptions(ssl_context=blind)):
            pass
