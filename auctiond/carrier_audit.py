"""Looks at all that has to be right for a carrier: our settings, our address, its account."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import httpx2

from auctiond.carrier_files import carrier_files
from auctiond.carriers import missing, values_of
from auctiond.config import Settings
from market.http import HttpReply
from telephony._audit import Finding, Probe

REPLY_S = 10.0  # Carriers answer within one; who waits at a terminal waits no longer.


def audit(settings: Settings, name: str, client: httpx2.Client) -> Iterator[Finding]:
    """Yield what is right and what is not, in the order in which to mend it."""
    gaps = missing(settings, name)
    yield from _settings(settings, name)
    yield from _address(settings, client)
    if gaps:
        return  # Without them there is nobody to ask.
    carrier = carrier_files()[name](values_of(settings, name), settings.hook_url(name))
    for probe in carrier.probes():
        yield from _asked(probe, client)


def _settings(settings: Settings, name: str) -> Iterator[Finding]:
    for setting in carrier_files()[name].SETTINGS:
        key = f"{name}_{setting.key}"
        value = values_of(settings, name)[setting.key]
        if not value and setting.needed:
            yield Finding(False, f"{key} is empty", f"it is in: {setting.where}")
        elif not value:
            yield Finding(True, f"{key} is empty: {setting.where}")
        elif setting.shape and not re.fullmatch(setting.shape, str(value)):
            yield Finding(False, f"{key} does not look like one", f"it is in: {setting.where}")
        else:
            yield Finding(True, f"{key} is set")


def _address(settings: Settings, client: httpx2.Client) -> Iterator[Finding]:
    url = settings.public_url
    if not url:
        yield Finding(
            False,
            "public_url is empty, so carriers would be told an address of this machine alone",
            "set it to the address that carriers reach: https://calls.example.com",
        )
        return
    if urlsplit(url).scheme != "https":
        mend = "put a proxy with TLS in front (docs/operations.md), and write https://"
        yield Finding(False, f"public_url is {url}: webhooks would come in the clear", mend)
    try:
        reply = client.get(f"{url}/healthz", timeout=REPLY_S)
    except httpx2.RequestError:
        mend = "start the server; look at the name, the proxy and the firewall"
        yield Finding(False, f"nothing answers at {url}", mend)
        return
    if reply.status_code == 200 and reply.content == b'{"ok":true}':
        yield Finding(True, f"this server answers at {url}")
    else:
        mend = "have the proxy pass all paths on to the server"
        yield Finding(False, f"{url}/healthz answers {reply.status_code}, and not as we do", mend)


def _asked(probe: Probe, client: httpx2.Client) -> Iterator[Finding]:
    request = probe.request
    try:
        reply = client.request(
            request.method, request.url, headers=list(request.headers), timeout=REPLY_S
        )
    except httpx2.RequestError:  # It holds the key: it ends here.
        yield Finding(False, f"no answer about {probe.about}", "look at the carrier's api_url")
        return
    for found in probe.read(HttpReply(reply.status_code, (), reply.content)):
        yield replace(found, what=f"{probe.about}: {found.what}")
