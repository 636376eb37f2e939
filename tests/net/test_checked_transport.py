"""TLS to an address that was checked is verified for the name. A real server, a CA of the test."""

from __future__ import annotations

import ssl
from functools import partial
from ipaddress import ip_network

import httpx2
import pytest
import trio
import trustme

from auctiond.net.checked_transport import CheckedTransport
from auctiond.net.resolver import AddressBook

LOOPBACK = (ip_network("127.0.0.0/8"),)
CA = trustme.CA()


async def serve(stream):
    """Answer once, if TLS gets so far."""
    try:
        await stream.receive_some(4096)
        await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
    except trio.BrokenResourceError:
        await stream.aclose()


async def at_loopback(host):
    return ["127.0.0.1"]


@pytest.fixture
async def port(nursery):
    """The port of a server that can prove to be files.example."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    CA.issue_cert("files.example").configure_cert(context)
    start = partial(trio.serve_ssl_over_tcp, serve, 0, context, host="127.0.0.1")
    [listener] = await nursery.start(start)
    return listener.transport_listener.socket.getsockname()[1]


@pytest.fixture
async def client():
    context = ssl.create_default_context()
    CA.configure_trust(context)
    book = AddressBook(at_loopback, LOOPBACK, trio.current_time)
    inner = httpx2.AsyncHTTPTransport(verify=context)
    async with httpx2.AsyncClient(transport=CheckedTransport(inner, book, set(), 5)) as client:
        yield client


async def test_a_server_is_believed_by_its_name_and_not_by_its_address(client, port):
    assert (await client.get(f"https://files.example:{port}/")).text == "hi"


async def test_a_certificate_for_another_name_is_refused(client, port):
    with pytest.raises(httpx2.ConnectError):
        await client.get(f"https://other.example:{port}/")
