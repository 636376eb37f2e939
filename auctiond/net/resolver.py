"""Names to addresses: asked once, remembered for a while, and refused as a whole.

If one address of a name is private, the name is refused: who points a public name inwards
means harm, or made a mistake that would hit every second ping. What is connected is what was
checked; the name is not looked up again (that gap is how "DNS rebinding" works).
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import trio

from auctiond.net.addresses import Address, Network, is_refused, read_address
from auctiond.net.errors import WireError

Resolver = Callable[[str], Awaitable[Sequence[str]]]  # Raises OSError if there is no such name.

KEEP_S = 60.0  # getaddrinfo tells no TTL; buyers behind a cloud's balancer move within minutes.
KEEP_FAILURE_S = 5.0  # Short: a name that was just mended should work. Long enough to spare DNS.
NAMES_MAX = 10_000  # Far over any network's buyers; then the oldest are forgotten.
THREADS_MAX = 8  # Lookups at once. A dead name server must not eat the threads of others.


@dataclass(frozen=True, slots=True)
class _Answer:
    until_s: float
    addresses: tuple[Address, ...] = ()
    error: tuple[str, str] | None = None  # Reason and detail.


class AddressBook:
    """A cache before a resolver; one lookup of a name at a time, whoever asks for it."""

    def __init__(
        self, resolve: Resolver, allowed: Sequence[Network], now_s: Callable[[], float]
    ) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._now_s = now_s
        self._answers: dict[str, _Answer] = {}
        self._asking: dict[str, trio.Event] = {}

    async def look_up(self, host: str) -> tuple[Address, ...]:
        """Return the addresses of `host`, an address or a name. Raises WireError."""
        literal = read_address(host)
        if literal is not None:
            return self._checked((literal,))
        while True:
            answer = self._answers.get(host)
            if answer is not None and self._now_s() < answer.until_s:
                break
            if host in self._asking:
                await self._asking[host].wait()  # If that asker is cancelled, the next one asks.
            else:
                await self._ask(host)
        if answer.error is not None:
            raise WireError(*answer.error)
        return answer.addresses

    def prefer(self, host: str, reached: Address) -> None:
        """Put the address that was `reached` first: a dead one costs its wait only once."""
        answer = self._answers.get(host)
        if answer is not None and reached in answer.addresses:
            others = (address for address in answer.addresses if address != reached)
            self._answers[host] = replace(answer, addresses=(reached, *others))

    async def _ask(self, host: str) -> None:
        self._asking[host] = trio.Event()
        try:
            answer = await self._answer(host)
            self._answers.pop(host, None)
            while len(self._answers) >= NAMES_MAX:
                del self._answers[next(iter(self._answers))]
            self._answers[host] = answer
        finally:
            self._asking.pop(host).set()

    async def _answer(self, host: str) -> _Answer:
        try:
            texts = await self._resolve(host)
            addresses = self._checked(tuple(filter(None, map(read_address, texts))))
        except OSError as error:
            return self._failure("connect_error", error.strerror or "no such name")
        except WireError as error:
            return self._failure(error.reason, error.detail)
        return _Answer(self._now_s() + KEEP_S, addresses)

    def _failure(self, reason: str, detail: str) -> _Answer:
        return _Answer(self._now_s() + KEEP_FAILURE_S, error=(reason, detail))

    def _checked(self, addresses: tuple[Address, ...]) -> tuple[Address, ...]:
        if not addresses:
            raise WireError("connect_error", "the name has no address")
        for address in addresses:
            if is_refused(address, self._allowed):
                raise WireError("refused_address", f"{address} is not public")
        return addresses


def system_resolver() -> Resolver:
    """Return the operating system's resolver, asked in threads of its own."""
    limiter = trio.CapacityLimiter(THREADS_MAX)

    async def resolve(host: str) -> Sequence[str]:
        # abandon: a cancelled ping does not wait for the name server; the thread ends by itself.
        return await trio.to_thread.run_sync(
            _getaddrinfo, host, abandon_on_cancel=True, limiter=limiter
        )

    return resolve


def _getaddrinfo(host: str) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError:  # A label of over 63 characters, or none.
        raise OSError from None
    return [str(address[0]) for *_, address in found]
