"""The /v1 API of the network: versions, what is staged, and what was done when by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from quart import Request, Response

from auctiond.networks.applying import Applied, Applying, NotApplied
from auctiond.networks.dry_run import LAST_MAX, DryRun
from auctiond.networks.staging import Staging
from auctiond.pg.networks import Act
from auctiond.web.ask import PAGE_MAX, VERSION_MAX, is_whole, number_in
from auctiond.web.auth import Gate
from auctiond.web.body import read_body
from auctiond.web.problems import Problem, json_response
from market.network import Network
from routing.network_diff import diff
from routing.network_file import NetworkError, read_network

NOTE_MAX = 200  # A note says why, in a line.
STAGED = "staged"


@dataclass(frozen=True, slots=True)
class NetworksApi:
    gate: Gate
    applying: Applying
    staging: Staging
    dry: DryRun

    async def get_network(self, request: Request) -> Response:
        """Return the network as TOML, its version as ETag; `version` asks for a former one."""
        await self._allow(request, "read")
        if "version" in request.args:
            no = number_in(request, "version", 1, VERSION_MAX)
            found = await self.applying.networks.get(no)
            if found is None:
                raise Problem(404, "no such version", f"There is no version {no} of the network.")
        else:
            found = await self.applying.latest()
            if found is None:
                raise Problem(404, "no network", "Apply one: auctiond network apply FILE.")
        return Response(found.toml, 200, {"ETag": f'"{found.no}"'}, "application/toml")

    async def list_networks(self, request: Request) -> Response:
        """Return the newest versions of the network, newest first, without their text."""
        await self._allow(request, "read")
        versions = await self.applying.networks.list(number_in(request, "limit", 50, PAGE_MAX))
        lines = [
            {
                "version": one.no,
                "applied_at": one.applied_at.isoformat(),
                "applied_by": one.applied_by,
                "act": one.act,
                "note": one.note,
                "changes": one.changes,
            }
            for one in versions
        ]
        return json_response({"versions": lines})

    async def put_network(self, request: Request) -> Response:
        """Apply a network: all of it, or nothing. If-Match names the version it replaces."""
        key = await self._allow(request, "network")
        expected = (request.headers.get("If-Match") or "").strip().strip('"')
        if expected and not is_whole(expected):
            raise Problem(400, "If-Match", 'If-Match: expected a version like "3".')
        text, act = await _text(request), Act(key, note=_note(request.args.get("note", "")))
        try:
            applied = await self.applying.apply(
                text, expected=int(expected) if expected else None, act=act
            )
        except NotApplied as error:
            raise _refused(error) from None
        return _applied(applied)

    async def get_staged(self, request: Request) -> Response:
        """Return what is staged, as TOML; what is known about it is in GET /v1/network/stage."""
        await self._allow(request, "read")
        try:
            stage = await self.staging.current()
        except NotApplied as error:
            raise _refused(error) from None
        return Response(stage.toml, 200, None, "application/toml")

    async def get_stage(self, request: Request) -> Response:
        """Return who staged what, why, and when it is due; null if nothing is staged."""
        await self._allow(request, "read")
        stage = await self.staging.stages.current()
        if stage is None:
            return json_response({"stage": None})
        told = {
            "stage": stage.no,
            "staged_at": stage.staged_at.isoformat(),
            "staged_by": stage.staged_by,
            "based_on": stage.based_on,
            "note": stage.note,
            "changes": list(stage.changes),
            "due": stage.due.isoformat() if stage.due is not None else None,
            "due_by": stage.due_by,
        }
        return json_response(told)

    async def put_staged(self, request: Request) -> Response:
        """Stage a network: checked whole, kept, and not yet in force."""
        key = await self._allow(request, "network")
        text, note = await _text(request), _note(request.args.get("note", ""))
        try:
            staged = await self.staging.stage(text, by=key, note=note)
        except NotApplied as error:
            raise _refused(error) from None
        told = {"stage": staged.stage, "based_on": staged.based_on, "changes": staged.changes}
        return json_response(told)

    async def drop_staged(self, request: Request) -> Response:
        """Take back what is staged."""
        key = await self._allow(request, "network")
        try:
            stage = await self.staging.drop(by=key)
        except NotApplied as error:
            raise _refused(error) from None
        return json_response({"dropped": stage.no})

    async def apply_staged(self, request: Request) -> Response:
        """Put what is staged in force, now or `at` a time."""
        key = await self._allow(request, "network")
        order = await _order(request)
        try:
            if order.get("at"):
                due = _moment(order["at"])
                stage = await self.staging.schedule(due, by=key)
                return json_response({"stage": stage.no, "due": due.isoformat()}, 202)
            applied = await self.staging.apply(by=key, note=_note(order.get("note", "")))
        except NotApplied as error:
            raise _refused(error) from None
        return _applied(applied)

    async def roll_back(self, request: Request, version: str) -> Response:
        """Put a former version in force again, as a new one."""
        key = await self._allow(request, "network")
        if not is_whole(version):
            raise Problem(400, "version", "Expected the number of a version.")
        order = await _order(request)
        note = _note(order.get("note", ""))
        try:
            applied = await self.applying.roll_back(int(version), by=key, note=note)
        except NotApplied as error:
            raise _refused(error) from None
        return _applied(applied)

    async def compare(self, request: Request) -> Response:
        """Return what changes between two networks: versions, or "staged"."""
        await self._allow(request, "read")
        old = await self._network(request.args.get("from", ""))
        new = await self._network(request.args.get("to", ""))
        return json_response({"changes": [str(change) for change in diff(old, new)]})

    async def acts(self, request: Request) -> Response:
        """Return who did what to the network, newest first."""
        await self._allow(request, "read")
        rows = await self.staging.stages.acts(number_in(request, "limit", 50, PAGE_MAX))
        lines = [
            {
                "at": row.at.isoformat(),
                "act": row.act,
                "by": row.by,
                "version": row.version,
                "stage": row.stage,
                "due": row.due.isoformat() if row.due is not None else None,
                "note": row.note,
                "changes": list(row.changes),
            }
            for row in rows
        ]
        return json_response({"acts": lines})

    async def dry_run(self, request: Request) -> Response:
        """Return what a network would have made of the last calls: the body's, or `network`."""
        await self._allow(request, "read")
        last = number_in(request, "last", 100, LAST_MAX)
        word = request.args.get("network", "")
        network = await self._network(word) if word else _read(await _text(request))
        summary = await self.dry.run(network, last, request.args.get("campaign"))
        return json_response(summary.to_json())

    async def _network(self, word: str) -> Network:
        """Return the network that `word` means; "" is the one in force."""
        try:
            if word == STAGED:
                return _read((await self.staging.current()).toml)
        except NotApplied as error:
            raise _refused(error) from None
        if word and not is_whole(word):
            raise Problem(400, "network", f'Expected the number of a version, or "{STAGED}".')
        networks = self.applying.networks
        found = await (networks.get(int(word)) if word else networks.latest())
        if found is None:
            raise Problem(404, "no such version", f"There is no version {word} of the network.")
        return _read(found.toml)

    async def _allow(self, request: Request, scope: str) -> str:
        return await self.gate.check(request.headers.get("Authorization"), scope)


def _applied(applied: Applied) -> Response:
    reply = json_response({"version": applied.version, "changes": applied.changes})
    reply.headers["ETag"] = f'"{applied.version}"'
    return reply


def _refused(error: NotApplied) -> Problem:
    return Problem(error.status, error.title, problems=error.problems)


def _read(text: str) -> Network:
    try:
        return read_network(text, "network")
    except NetworkError as error:
        problems = [str(problem) for problem in error.problems]
        raise Problem(422, "The network was refused.", problems=problems) from None


async def _text(request: Request) -> str:
    try:
        return (await read_body(request)).decode()
    except UnicodeDecodeError:
        raise Problem(400, "no text", "A network is TOML, in UTF-8.") from None


def _note(note: object) -> str:
    if not isinstance(note, str) or len(note) > NOTE_MAX or not note.isprintable():
        raise Problem(400, "note", f"note: expected a line of at most {NOTE_MAX} characters.")
    return note


async def _order(request: Request) -> dict[str, Any]:
    body = await read_body(request)
    try:
        order = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        order = None
    if not isinstance(order, dict):
        raise Problem(400, "JSON", 'Expected nothing, or an object like {"note": "why"}.')
    return order


def _moment(written: object) -> datetime:
    try:
        moment = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        expected = 'at: expected a time with its zone, like "2026-11-24T06:00:00-05:00".'
        raise Problem(400, "at", expected)
    return moment
