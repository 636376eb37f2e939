"""Plays documents on the legs of phone calls, as carriers do whose commands are documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import trio

from auctiond.sandbox.carrier.detection import DETECTED
from auctiond.sandbox.carrier.dialect import BadDocument, Dialect, Step
from auctiond.sandbox.carrier.hooks import Hooks, Line
from auctiond.sandbox.carrier.leg import Leg
from auctiond.sandbox.carrier.phone_call import PhoneCall
from auctiond.sandbox.carrier.refusals import Refused
from auctiond.sandbox.carrier.verbs import VERBS

KEY_S = 0.5  # What a key takes, or a "w" among them.
DOCUMENTS_MAX = 500  # Of one leg: a server that only redirects would go on for ever.
ENDS = {"say": "call.speak.ended", "play": "call.playback.ended", "gather": "call.gather.ended"}
COMMANDS = {"say": "speak", "play": "playback_start", "gather": "gather_using_speak"}


@dataclass(slots=True, eq=False)
class Stage:
    """What is played on a leg."""

    line: Line
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    happened: dict[str, trio.Event] = field(default_factory=dict)
    last: Mapping[str, Any] = field(default_factory=dict)  # Said with what happened last.
    rung: list[Leg] = field(default_factory=list)  # Who is dialled.
    status_url: str = ""  # Where the leg's status is told.


class Player:
    def __init__(self, dialect: Dialect, hooks: Hooks) -> None:
        self.dialect = dialect
        self._hooks = hooks
        self._stages: dict[str, Stage] = {}
        self._answers: dict[str, str] = {}  # What is played to a leg that is rung alone.

    def heard(
        self, line: Line, call: PhoneCall, leg: Leg, name: str, at_ms: int, more: Mapping[str, Any]
    ) -> None:
        """Go on with what a leg is played, and tell its status. Never waits."""
        stage = self._stages.setdefault(leg.ref, Stage(line))
        match name:
            case "call.initiated" if leg.direction == "incoming":
                told = self.dialect.first(call)
                call.start(self._play, call, leg, leg.hook_url, told)
            case "call.initiated":
                told_at = leg.hook_url  # A command says where; or the status goes where all does.
                stage.status_url = told_at if "?" in told_at else self.dialect.status_url(told_at)
                self._tell_status(call, leg, "ringing", at_ms)
            case "call.bridged" if leg is not call.a:
                self._let_go(call, self._stages[call.a.ref], keep=leg)
                if leg.screen is None:
                    self._tell_status(call, leg, "answered", at_ms)  # An answer is the join.
            case "call.answered" if leg.direction == "outgoing" and (
                leg is call.a or leg.screen is not None
            ):
                self._tell_status(call, leg, "answered", at_ms)
                if url := self._answers.pop(leg.ref, ""):
                    call.start(self._play, call, leg, url, {})
            case _ if name == DETECTED:
                said = self.dialect.about(call, leg) | self.dialect.machine(str(more["result"]))
                self._hooks.tell(stage.line, leg.amd, {"event_type": name, "told": said})
            case "call.recording.saved":
                tape = more["tape"]
                said = self.dialect.about(call, leg) | self.dialect.saved(tape)
                if tape.told_at:
                    self._hooks.tell(stage.line, tape.told_at, {"event_type": name, "told": said})
            case "call.hangup":
                self._ended(call, leg, at_ms)
        self._wake(stage, name, more)

    def _wake(self, stage: Stage, name: str, more: Mapping[str, Any]) -> None:
        """Let a step go on that waits for this."""
        if name in stage.happened:
            stage.last = more
            stage.happened.pop(name).set()

    def answer_with(self, leg: Leg, url: str) -> None:
        """Say what is played to `leg`, which is rung alone, once it answers."""
        self._answers[leg.ref] = url

    def redirect(self, call: PhoneCall, leg: Leg, url: str) -> None:
        """Tear off what a leg is played, and go on at `url`."""
        stage = self._stages[leg.ref]
        stage.scope.cancel()
        self._let_go(call, stage)
        stage.rung = []
        call.stop_audio(leg, "cancelled")
        call.start(self._play, call, leg, url, {})

    def _let_go(self, call: PhoneCall, stage: Stage, keep: Leg | None = None) -> None:
        """End the legs that were dialled, but for one: the first of several to answer."""
        for leg in stage.rung:
            if leg is not keep:
                cause = "originator_cancel" if leg.answered_ms is None else "normal_clearing"
                call.end(leg, cause, "caller", sip="487")

    async def _play(self, call: PhoneCall, leg: Leg, url: str, told: Mapping[str, Any]) -> None:
        """Play documents, one after the other, until there is nothing more to play."""
        stage = self._stages[leg.ref]
        stage.scope = trio.CancelScope()
        with stage.scope:
            for _ in range(DOCUMENTS_MAX):
                steps = await self._fetch(stage, call, leg, url, told)
                if steps is None:
                    break
                call.commanded.set()
                then = await self._do_all(stage, call, leg, steps)
                if then is None:
                    break
                url, told = then
            call.end(leg, "normal_clearing", "callee")

    async def _fetch(
        self, stage: Stage, call: PhoneCall, leg: Leg, url: str, told: Mapping[str, Any]
    ) -> list[Step] | None:
        """Return the steps at `url`; or, where they cannot be had, those at the fallback."""
        said = {**self.dialect.about(call, leg), **told}
        steps = await self._steps(stage, url, said)
        fallback = call.around.fallback_url if leg is call.a else ""
        if steps is None and fallback and leg.alive:
            return await self._steps(stage, fallback, said | self.dialect.failed(url))
        return steps

    async def _steps(self, stage: Stage, url: str, said: Mapping[str, Any]) -> list[Step] | None:
        body = await self._hooks.ask(stage.line, url, said)
        try:
            return None if body is None else self.dialect.read(body)
        except BadDocument as error:
            self._hooks.counts["bad_documents"] += 1
            self._hooks.complaints.append(str(error))
            return None

    async def _do_all(
        self, stage: Stage, call: PhoneCall, leg: Leg, steps: list[Step]
    ) -> tuple[str, Mapping[str, Any]] | None:
        for step in steps:
            said = await self._do(stage, call, leg, step)
            if step.url and said is not None:
                return step.url, said
            if not leg.alive:
                return None
        return None

    async def _do(
        self, stage: Stage, call: PhoneCall, leg: Leg, step: Step
    ) -> Mapping[str, Any] | None:
        """Do one step; return what is said of it, if the document is left with it."""
        if step.kind in ("say", "play", "gather", "dial", "keys", "answer"):
            await self._pick_up(stage, call, leg)
        match step.kind:
            case "say" | "play" | "gather":
                return await self._sound(stage, call, leg, step)
            case "dial":
                return await self._dial(stage, call, leg, step)
            case "pause":
                await trio.sleep(step.seconds)
            case "keys":
                await self._press(call, leg, step.text)
            case "redirect":
                return {}
            case "hangup":
                call.end(leg, "normal_clearing", "callee")
            case "reject":
                call.end(leg, "user_busy" if step.text == "busy" else "call_rejected", "callee")
        return None

    async def _press(self, call: PhoneCall, leg: Leg, keys: str) -> None:
        """Press one key after the other; where the document is torn off, the rest is not."""
        for key in keys:
            if key not in "wW":
                leg.keys.append(key)
            await trio.sleep(KEY_S / call.around.options.hurry)

    async def _pick_up(self, stage: Stage, call: PhoneCall, leg: Leg) -> None:
        if leg.direction != "incoming" or leg.answered_ms is not None or not leg.alive:
            return
        answered = stage.happened["call.answered"] = trio.Event()
        VERBS["answer"](call, leg, {})
        await answered.wait()

    async def _sound(
        self, stage: Stage, call: PhoneCall, leg: Leg, step: Step
    ) -> Mapping[str, Any] | None:
        over = trio.Event()
        try:
            VERBS[COMMANDS[step.kind]](call, leg, step.fields)
        except Refused as refused:
            raise AssertionError(f"the dialect read a {step.kind} that cannot be") from refused
        stage.happened[ENDS[step.kind]] = over
        await over.wait()
        if step.kind != "gather":
            return None
        digits = str(stage.last.get("digits", ""))
        return self.dialect.digits(digits) if leg.alive else None

    async def _dial(
        self, stage: Stage, call: PhoneCall, leg: Leg, step: Step
    ) -> Mapping[str, Any] | None:
        """Ring them all, talk with who is first; return how that was when it is over."""
        overs = []
        for fields in step.rung:
            call.transfer(str(fields["to"]), fields)
            child = call.dialled[-1]
            stage.rung.append(child)
            if fields.get("screen_url"):
                child.screen = partial(self._screen, call, child, str(fields["screen_url"]))
            over = self._stages[child.ref].happened["call.hangup"] = trio.Event()
            overs.append(over)
        for over in overs:
            await over.wait()
        rung, stage.rung = stage.rung, []
        talked = next((one for one in rung if one.bridged_ms is not None), rung[-1])
        return self.dialect.dialled(talked)

    async def _screen(self, call: PhoneCall, child: Leg, url: str) -> bool:
        """Play a document to who has answered; they are joined when it ends and they are there."""
        stage, told = self._stages[child.ref], dict[str, Any]()
        for _ in range(DOCUMENTS_MAX):
            steps = await self._fetch(stage, call, child, url, told)
            then = None if steps is None else await self._do_all(stage, call, child, steps)
            if steps is None:
                call.end(child, "normal_clearing", "caller")
            if then is None or not child.alive:
                return child.alive
            url, told = then[0], dict(then[1])
        return False

    def _ended(self, call: PhoneCall, leg: Leg, at_ms: int) -> None:
        self._tell_status(call, leg, "ended", at_ms)
        self._stages[leg.ref].scope.cancel()

    def _tell_status(self, call: PhoneCall, leg: Leg, status: str, at_ms: int) -> None:
        stage = self._stages[leg.ref]
        url = stage.status_url or self.dialect.status_url(leg.hook_url)
        told = self.dialect.about(call, leg) | self.dialect.status(leg, status, at_ms)
        name = {"ended": "call.hangup", "answered": "call.answered"}.get(status, "call.ringing")
        self._hooks.tell(stage.line, url, {"event_type": name, "told": told})
