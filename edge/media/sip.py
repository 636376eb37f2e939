"""The SIP stack: calls in, calls out, their keys and their sound. Only this file knows baresip.

The stack runs in a thread of its own; what it tells arrives in the event loop, in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from baresip import Account, Config, Runtime, UserAgent
from baresip.errors import AudioNotActive, AudioRestarted, BaresipError, StaleHandleError
from baresip.events import Event

from edge.media.settings import Settings
from edge.media.sound import FRAME

READ_MAX = 4 * FRAME  # What has come in late is taken in one go, so that no delay builds up.
NAMES_MAX = 512  # Caller ids that we ring as. A network has fewer numbers; beyond, one serves all.
RTP_LOST_S = 300  # A phone that sends nothing for so long is gone. On hold it may be quiet.
UNKNOWN_MAX = 200  # Calls that are being dialled, or never were ours.
REPLIES = (
    Event.CALL_RINGING,
    Event.CALL_PROGRESS,
    Event.CALL_ESTABLISHED,
    Event.CALL_CLOSED,
)
# The stack forgets a call that is hung up before its phone replied, and cancels nothing: it would
# go on ringing, and who picks it up would hear nobody. Without a reply it ends after 32 s.
FIRST_REPLY_S = 40.0
# Without this the stack re-invites each caller, 100 ms after the answer, to say so.
NO_VIDEO = ("video_codecs=none",)
CODECS = ("pcmu", "pcma")


class Gone(Exception):
    """The call had ended."""


class CannotStart(Exception):
    """The stack did not come up; the text says why."""


class NoRoute(Exception):
    """The stack could not send a call there."""


@dataclass(eq=False)
class Line:
    """One SIP call with one phone. The three callbacks are told what happens to it."""

    call: Any
    on_up: Callable[[], object] = lambda: None
    on_end: Callable[[str], object] = lambda text: None
    on_key: Callable[[str], object] = lambda key: None
    early: list[Any] = field(default_factory=list)  # What happened before anybody listened.
    replied: asyncio.Event = field(default_factory=asyncio.Event)  # The other side; to a call out.
    over: bool = field(default=False, init=False)
    _listens: bool = field(default=False, init=False)

    def listen(self) -> None:
        """Begin to hear of the call, and hear what has happened to it already."""
        if self._listens:
            return
        self._listens = True
        self.call.on(self._heard)
        self.call.on_dtmf(lambda pressed: self.on_key(pressed.digit))
        for event in self.early:
            self._heard(event)
        self.early.clear()

    @property
    def call_id(self) -> str:
        """SIP's Call-ID, by which the other side knows the call."""
        return str(self.call.call_id or "")

    async def answer(self) -> None:
        """Take the call. Raises Gone."""
        await self._do(self.call.answer())

    async def hang_up(self) -> None:
        """End the call, answered or not: one that was sent out, once there is a reply."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(FIRST_REPLY_S):
                    await self.replied.wait()
            await self.call.hangup()
        except StaleHandleError:
            self._ended("gone")  # Its end was told to nobody, or is on its way here.
        except BaresipError as error:
            raise Gone from error

    async def press(self, digits: str) -> None:
        """Send keys. Raises Gone."""
        await self._do(self.call.send_dtmf(digits))

    def read(self) -> bytes:
        """Return what has come in since the last read."""
        try:
            heard: bytes = self.call.audio.read(READ_MAX)
        except (AudioNotActive, AudioRestarted):
            return b""
        return heard

    def write(self, sound: bytes) -> None:
        """Send sound."""
        try:
            self.call.audio.write(sound)
        except (AudioNotActive, AudioRestarted):
            return

    async def _do(self, command: Any) -> None:  # noqa: ANN401  A coroutine of the stack.
        try:
            await command
        except StaleHandleError:
            self._ended("gone")
            raise Gone from None
        except BaresipError as error:
            raise Gone from error

    def _heard(self, event: Any) -> None:  # noqa: ANN401  The stack's event.
        if event.event in REPLIES:
            self.replied.set()
        if event.event is Event.CALL_ESTABLISHED and not self.over:
            self.on_up()
        elif event.event is Event.CALL_CLOSED:
            self._ended(event.text or "")

    def _ended(self, text: str) -> None:
        if not self.over:
            self.over = True
            self.on_end(text)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call that comes in. Caller and dialled are the headers From and To as they came.

    The names of headers are in lower case: carriers write them as they like.
    """

    line: Line
    caller: str
    dialled: str
    headers: Mapping[str, str]


class Stack:
    def __init__(self, runtime: Any, settings: Settings) -> None:  # noqa: ANN401  baresip's.
        self._runtime = runtime
        self._settings = settings
        self._agents: dict[str, Any] = {}
        self._making = asyncio.Lock()
        self.on_incoming: Callable[[Incoming], object] = lambda incoming: None
        self._known: set[int] = set()  # The handles of calls that are listened to.
        self._unknown: dict[int, list[Any]] = {}
        self._began = False
        self._early: list[Incoming] = []
        runtime.subscribe(self._note)

    async def dial(self, uri: str, caller_id: str) -> Line:
        """Ring `uri`, as `caller_id`. Raises NoRoute."""
        agent = await self._agent(caller_id)
        try:
            call = await agent.dial(uri, {"P-Asserted-Identity": f"<{self._own(caller_id)}>"})
        except (BaresipError, ValueError) as error:
            raise NoRoute(type(error).__name__) from None
        return self._line(call)

    async def _agent(self, name: str) -> Any:  # noqa: ANN401  baresip's.
        """Return the agent that rings as `name`; each is made once, and told of calls too."""
        name = name if _is_user(name) else ""
        if len(self._agents) >= NAMES_MAX and name not in self._agents:
            name = ""
        async with self._making:
            if name not in self._agents:
                self._agents[name] = await self._new_agent(name)
            return self._agents[name]

    async def _new_agent(self, name: str) -> Any:  # noqa: ANN401
        account = Account(
            user=name or "auctiond",
            domain=self._settings.sip_listen,
            password="",
            reg_interval=0,
            audio_codecs=CODECS,
            extra_params=NO_VIDEO if name else (*NO_VIDEO, "catchall=yes"),
        )
        agent = await UserAgent.create(self._runtime, account, transfer_policy="reject")
        agent.on_incoming(self._came_in)
        return agent

    async def open(self) -> None:
        """Make the agent that takes calls for whatever number."""
        await self._agent("")

    def begin(self) -> None:
        """Hand on calls, those too that came before `on_incoming` was set."""
        self._began = True
        for incoming in self._early:
            self.on_incoming(incoming)
        self._early.clear()

    def _own(self, name: str) -> str:
        return f"sip:{name if _is_user(name) else 'auctiond'}@{self._settings.sip_host}"

    def _line(self, call: Any) -> Line:  # noqa: ANN401
        self._known.add(call.handle)
        return Line(call, early=self._unknown.pop(call.handle, []))

    def _note(self, event: Any) -> None:  # noqa: ANN401
        """Keep what happens to a call before its dialling has returned: a quick refusal, mostly.

        The stack tells each thing once, to who listens then.
        """
        if event.event is Event.CALL_CLOSED and event.call in self._known:
            self._known.discard(event.call)
        elif event.call and event.call not in self._known and event.event in REPLIES:
            self._unknown.setdefault(event.call, []).append(event)
            if len(self._unknown) > UNKNOWN_MAX:
                del self._unknown[next(iter(self._unknown))]

    def _came_in(self, call: Any) -> None:  # noqa: ANN401
        line = self._line(call)
        line.replied.set()
        headers = {name.lower(): value for name, value in call.headers.items()}
        caller = headers.get("from") or headers.get("f") or call.peer or ""
        dialled = headers.get("to") or headers.get("t") or ""
        incoming = Incoming(line, caller, dialled, headers)
        if self._began:
            self.on_incoming(incoming)
        else:
            self._early.append(incoming)


@asynccontextmanager
async def open_stack(settings: Settings) -> AsyncIterator[Stack]:
    """Run the SIP stack while the block lasts. Raises CannotStart."""
    exposed = ("From", "f", "To", "t", *settings.headers)  # RFC 3261, 7.3.3: short names.
    if settings.attestation_header:
        exposed = (*exposed, settings.attestation_header)
    config = Config(
        net_interface=settings.sip_host,
        max_concurrent_calls=settings.calls_max,
        rtp_timeout=RTP_LOST_S,
        expose_headers=exposed,
        extra_config_text=f"sip_listen {settings.sip_listen}\nrtp_ports {settings.rtp_ports}\n",
    )
    runtime = Runtime()
    try:
        await runtime.start(config)
    except BaresipError as error:
        raise CannotStart(f"sip_listen {settings.sip_listen}: {error}") from None
    try:
        stack = Stack(runtime, settings)
        await stack.open()
        yield stack
    finally:
        await runtime.close()


def _is_user(name: str) -> bool:
    return name.removeprefix("+").isalnum() and name.isascii()
