"""Where a carrier's files are fetched, and where never, whatever a webhook says. Real sockets."""

from __future__ import annotations

from functools import partial
from ipaddress import ip_network

import pytest
import trio

from auctiond.carrier_files import carrier_files
from auctiond.config import Settings
from auctiond.keys.secret import Secret
from auctiond.net.media_link import MediaError, open_media_link
from auctiond.parts.recordings import media_places
from edge.media.recordings import Recordings
from market.http import HttpRequest

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
async def server(nursery):
    """Answers "/file" with two bytes, and sends on to whatever follows "/to/"."""
    requests = []

    async def serve(stream):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await stream.receive_some(4096)
        path = head.split(b" ")[1]
        requests.append(path)
        if path.startswith(b"/to/"):
            answer = b"302 Found\r\nlocation: " + path.removeprefix(b"/to/")
        else:
            answer = b"200 OK"
        await stream.send_all(
            b"HTTP/1.1 " + answer + b"\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi"
        )
        await stream.aclose()

    [listener] = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
    port = listener.socket.getsockname()[1]
    return port, requests


async def fetched(link, url):
    return b"".join([piece async for piece in link.fetch(HttpRequest("GET", url))])


async def test_a_file_is_not_fetched_from_a_private_address(server):
    port, requests = server
    async with open_media_link() as link:
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"):
            with pytest.raises(MediaError, match="refused_address"):
                await fetched(link, f"http://{host}:{port}/file")
    assert requests == []


async def test_nor_where_somebody_sends_us_on_to(server):
    port, requests = server
    async with open_media_link(own=[f"http://127.0.0.1:{port}/v2"]) as link:
        assert await fetched(link, f"http://127.0.0.1:{port}/file") == b"hi"
        with pytest.raises(MediaError, match="refused_address"):
            await fetched(link, f"http://127.0.0.1:{port}/to/http://169.254.169.254/latest")
        with pytest.raises(MediaError, match="refused_address"):
            await fetched(link, f"http://127.0.0.1:{port}/to/http://127.0.0.2:{port}/file")
        with pytest.raises(MediaError, match="refused_address"):
            await fetched(link, f"http://127.0.0.1:{port}/to/http://127.0.0.1:5432/file")
    assert len(requests) == 4


async def test_a_name_is_looked_up_once_and_what_was_checked_is_connected(server):
    """DNS rebinding: whoever asked a second time would be sent to our own database."""
    port, requests = server
    asked = []

    async def resolve(host):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    async with open_media_link(LOOPBACK, resolve=resolve) as link:
        assert await fetched(link, f"http://files.example:{port}/file") == b"hi"
    assert (asked, requests) == (["files.example"], [b"/file"])


async def test_the_file_s_host_hears_its_own_name(nursery):
    heads = []

    async def serve(stream):
        heads.append(await stream.receive_some(4096))
        await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")

    async def resolve(host):
        return ["127.0.0.1"]

    [listener] = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
    port = listener.socket.getsockname()[1]
    async with open_media_link(LOOPBACK, resolve=resolve) as link:
        assert await fetched(link, f"http://files.example:{port}/file") == b"hi"
    assert f"host: files.example:{port}\r\n".encode() in heads[0].lower()


def test_only_carriers_that_are_set_up_are_known_by_their_address():
    twilio = {"twilio_account_sid": "AC1", "twilio_auth_token": Secret("t")}
    values = {
        f"{name}_{one.key}": one.default
        for name, carrier in carrier_files().items()
        for one in carrier.SETTINGS
    }
    settings = Settings(carriers=values | twilio)
    assert media_places(settings) == ((), ["https://api.twilio.com"])


async def test_what_the_operator_allows_is_fetched(server):
    port, _ = server
    async with open_media_link(LOOPBACK) as link:
        assert await fetched(link, f"http://127.0.0.1:{port}/to/http://127.0.0.1:{port}/f") == b"hi"


@pytest.mark.parametrize("url", [f"http://{'x' * 70}.example/", "file:///etc/passwd", "x", ""])
async def test_an_address_that_is_none_is_an_ordinary_failure(url):
    async with open_media_link() as link:
        with pytest.raises(MediaError, match="unreachable"):
            await fetched(link, url)


@pytest.mark.parametrize(
    ("until", "token"), [("9" * 5000, "x"), ("9999999999999", "\xe9"), ("\u0661", "x")]
)
def test_the_edge_gives_nothing_for_a_strange_address(until, token, tmp_path):
    recordings = Recordings(tmp_path, "http://edge", "key")
    assert recordings.read("0" * 36 + ".wav", until, token, 1) is None
