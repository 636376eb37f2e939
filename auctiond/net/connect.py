"""New connections: to the address that was checked and no other, first come first served."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Sequence
from contextlib import ExitStack

import trio
from trio.lowlevel import wait_readable, wait_writable

from auctiond.net.addresses import Address
from auctiond.net.errors import WireError

STAGGER_S = 0.1  # A dead first address costs this, not the whole ping. (RFC 8305: 100 ms to 2 s.)


async def connect(addresses: Sequence[Address], port: int) -> tuple[socket.socket, Address]:
    """Return a socket to the first of `addresses` that answers, and which. Raises WireError."""
    if len(addresses) > 1:
        return await _race(addresses, port)
    try:
        return await _connect(addresses[0], port), addresses[0]
    except OSError as error:
        raise WireError("connect_error", error.strerror or "") from None


async def start_tls(plain: socket.socket, context: ssl.SSLContext, host: str) -> ssl.SSLSocket:
    """Return `plain` as a TLS socket whose certificate is valid for `host`. Raises WireError.

    Owns `plain`: when this fails or is cancelled, the socket is closed there and then.
    """
    with ExitStack() as undo:
        undo.callback(plain.close)
        try:
            secured = context.wrap_socket(
                plain,
                server_hostname=host.rstrip("."),
                do_handshake_on_connect=False,
                suppress_ragged_eofs=False,  # A cut answer must not pass for a whole one.
            )
            undo.callback(secured.close)
            await _shake_hands(secured)
        except ssl.SSLError as error:
            detail = getattr(error, "verify_message", "") or error.reason or ""
            raise WireError("tls_error", detail) from None
        except OSError as error:
            raise WireError("connect_error", error.strerror or "") from None
        undo.pop_all()
        return secured


async def _shake_hands(secured: ssl.SSLSocket) -> None:
    while True:
        try:
            return secured.do_handshake()
        except ssl.SSLWantReadError:
            await wait_readable(secured)
        except ssl.SSLWantWriteError:
            await wait_writable(secured)


async def _connect(address: Address, port: int) -> socket.socket:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with ExitStack() as undo:
        connecting = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
        connecting.setblocking(False)
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        failed = connecting.connect_ex((str(address), port))
        if failed == errno.EINPROGRESS:
            await wait_writable(connecting)
            failed = connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failed:
            raise OSError(failed, os.strerror(failed))
        undo.pop_all()
        return connecting


async def _race(addresses: Sequence[Address], port: int) -> tuple[socket.socket, Address]:
    """Try one after the other; the next starts when the last one failed, or is slow."""
    won: list[tuple[socket.socket, Address]] = []
    failures: list[str] = []
    with ExitStack() as undo:
        async with trio.open_nursery() as attempts:

            async def attempt(address: Address, failed: trio.Event) -> None:
                try:
                    connected = await _connect(address, port)
                except OSError as error:
                    failures.append(error.strerror or "")
                    failed.set()
                else:
                    undo.callback(connected.close)
                    won.append((connected, address))
                    attempts.cancel_scope.cancel()

            for address in addresses:
                failed = trio.Event()
                attempts.start_soon(attempt, address, failed)
                with trio.move_on_after(STAGGER_S):
                    await failed.wait()
        if not won:
            raise WireError("connect_error", failures[0])
        undo.pop_all()
    for late, _ in won[1:]:
        late.close()
    return won[0]
