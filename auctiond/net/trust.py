"""Whose certificates we believe: read once in a process, for all clients of third parties."""

from __future__ import annotations

import ssl
from functools import cache

import httpx2


@cache  # A dozen milliseconds and half a megabyte, each time.
def trusted() -> ssl.SSLContext:
    """Return the context of who asks a third party: TLS, verified."""
    return httpx2.create_ssl_context(trust_env=False)
