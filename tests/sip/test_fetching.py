"""Where recordings may be fetched from: names that point inwards are refused, at every step."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

import httpx2
import pytest

from edge.media.fetching import Fetching
from edge.media.sound import BadSound

PRIVATE = (
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "fd00::1",
    "fe80::1%eth0",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "224.0.0.1",
)
PUBLIC = "93.184.216.34"


def fetched(url, names, respond=lambda request: httpx2.Response(200, content=b"sound"), allowed=()):
    """Fetch where names have these addresses; return what came and what was asked for."""
    asked = []

    def answer(request):
        asked.append(request)
        return respond(request)

    async def resolver(host, port):
        return names[host]

    async def run():
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
            return await Fetching(client, allowed, resolver).fetch(url)

    return asyncio.run(run()), asked


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_asked_nor_a_name_of_which_one_is_private(address):
    for addresses in ([address], [PUBLIC, address]):
        with pytest.raises(BadSound, match="private address"):
            fetched("http://audio.example/a.wav", {"audio.example": addresses})


def test_what_was_checked_is_connected_under_the_name_that_was_asked_for():
    found, (request,) = fetched("https://audio.example:8443/a.wav", {"audio.example": [PUBLIC]})
    assert found == b"sound"
    assert request.url.host == PUBLIC
    assert request.headers["host"] == "audio.example:8443"
    assert request.extensions["sni_hostname"] == "audio.example"


def test_a_redirect_inwards_is_not_followed():
    on = httpx2.Response(302, headers={"location": "http://inside.example/secret"})
    names = {"audio.example": [PUBLIC], "inside.example": ["10.0.0.5"]}
    with pytest.raises(BadSound, match="private address"):
        fetched("http://audio.example/a.wav", names, lambda request: on)


def test_a_redirect_to_nowhere_ends():
    on = httpx2.Response(302, headers={"location": "/again"})
    with pytest.raises(BadSound, match="too often"):
        fetched("http://audio.example/a.wav", {"audio.example": [PUBLIC]}, lambda request: on)


def test_a_network_that_is_named_is_meant():
    found, _ = fetched(
        "http://nas/a.wav", {"nas": ["10.1.2.3"]}, allowed=(ip_network("10.1.0.0/16"),)
    )
    assert found == b"sound"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://audio.example/", "no address"])
def test_what_is_no_address_is_no_sound(url):
    with pytest.raises(BadSound):
        fetched(url, {"audio.example": [PUBLIC]})
