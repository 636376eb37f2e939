"""The /v1 API of call flows: each as JSON. A change of one is a new version of the network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import orjson
from quart import Request, Response, request
from quart_trio import QuartTrio

from auctiond.networks.applying import Applying, NotApplied
from auctiond.pg.networks import Act
from auctiond.web.auth import Gate
from auctiond.web.body import read_body
from auctiond.web.openapi_parts import json_of, list_of, operation
from auctiond.web.problems import Problem, json_response
from market.call_flow import Flow
from market.network import Network
from routing.flows.compiled import compile_flow
from routing.flows.drawing import mermaid
from routing.flows.reading import flow_of
from routing.flows.simulating import wrong_cases
from routing.flows.writing import flow_document
from routing.network_error import NetworkError
from routing.network_file import read_network, write_network


@dataclass(frozen=True, slots=True)
class InForce:
    """The network that a change is made of."""

    version: int
    network: Network

    def flow(self, id_: str) -> Flow:
        """Return a flow by its id."""
        for flow in self.network.flows:
            if flow.id == id_:
                return flow
        raise Problem(404, "no such flow", f"The network has no flow {id_[:64]!r}.")


@dataclass(frozen=True, slots=True)
class FlowsApi:
    gate: Gate
    applying: Applying

    async def list_flows(self, request: Request) -> Response:
        """Return the flows of the network in force, without their nodes."""
        await self._allow(request, "read")
        found = await self._in_force()
        lines = [
            {
                "id": flow.id,
                "name": flow.name,
                "nodes": len(flow.nodes),
                "cases": len(flow.cases),
                "campaigns": [one.id for one in found.network.campaigns if one.flow == flow.id],
            }
            for flow in found.network.flows
        ]
        return _tagged(json_response({"flows": lines}), found.version)

    async def get_flow(self, request: Request, id_: str) -> Response:
        """Return a flow as JSON, in the shape of its file; the network's version is the ETag."""
        await self._allow(request, "read")
        found = await self._in_force()
        document = flow_document(found.flow(id_), defaults=False)
        return _tagged(json_response(document), found.version)

    async def drawing(self, request: Request, id_: str) -> Response:
        """Return a flow as a Mermaid flowchart."""
        await self._allow(request, "read")
        drawn = mermaid((await self._in_force()).flow(id_))
        return Response(drawn, 200, None, "text/plain")

    async def check(self, request: Request) -> Response:
        """Say what is wrong with a flow, without applying it; its cases are played."""
        await self._allow(request, "read")
        flow = await _sent(request, "")
        if any(getattr(getattr(node, "hours", None), "holidays", ()) for node in flow.nodes):
            raise Problem(422, "holidays", "Hours that name holidays are checked with a network.")
        wrong = [
            f"case {number} ({flow.cases[number].name}): found {what}; expected {right}"
            for number, what, right in wrong_cases(compile_flow(flow))
        ]
        if wrong:
            raise Problem(422, "Cases do not hold.", problems=wrong)
        return json_response({"nodes": len(flow.nodes), "cases": len(flow.cases)})

    async def put_flow(self, request: Request, id_: str) -> Response:
        """Add a flow, or put another in its place: a new version of the network."""
        key = await self._allow(request, "network")
        flow, found = await _sent(request, id_), await self._in_force()
        others = tuple(one for one in found.network.flows if one.id != id_)
        place = [one.id for one in found.network.flows].index(id_) if _has(found, id_) else None
        flows = (*others, flow) if place is None else (*others[:place], flow, *others[place:])
        return await self._apply(request, found, flows, key)

    async def drop_flow(self, request: Request, id_: str) -> Response:
        """Take a flow out of the network, if no campaign names it."""
        key = await self._allow(request, "network")
        found = await self._in_force()
        gone = found.flow(id_)
        flows = tuple(one for one in found.network.flows if one is not gone)
        return await self._apply(request, found, flows, key)

    async def _apply(
        self, request: Request, found: InForce, flows: tuple[Flow, ...], key: str
    ) -> Response:
        expected = (request.headers.get("If-Match") or "").strip().strip('"')
        if expected and expected != str(found.version):
            title = f"The network is at version {found.version}, not {expected[:20]}."
            raise Problem(409, title)
        text = write_network(replace(found.network, flows=flows))
        try:
            applied = await self.applying.apply(text, expected=found.version, act=Act(key))
        except NotApplied as error:
            raise Problem(error.status, error.title, problems=error.problems) from None
        told = {"version": applied.version, "changes": applied.changes}
        return _tagged(json_response(told), applied.version)

    async def _in_force(self) -> InForce:
        found = await self.applying.latest()
        if found is None:
            raise Problem(404, "no network", "Apply one: auctiond network apply FILE.")
        return InForce(found.no, read_network(found.toml, f"version {found.no}"))

    async def _allow(self, request: Request, scope: str) -> str:
        return await self.gate.check(request.headers.get("Authorization"), scope)


def add_flows(app: QuartTrio, flows: FlowsApi) -> None:
    """Add the routes."""

    @app.get("/v1/flows")
    async def list_flows() -> Response:
        return await flows.list_flows(request)

    @app.post("/v1/flows/check")
    async def check_flow() -> Response:
        return await flows.check(request)

    @app.get("/v1/flows/<flow>")
    async def get_flow(flow: str) -> Response:
        return await flows.get_flow(request, flow)

    @app.put("/v1/flows/<flow>")
    async def put_flow(flow: str) -> Response:
        return await flows.put_flow(request, flow)

    @app.delete("/v1/flows/<flow>")
    async def drop_flow(flow: str) -> Response:
        return await flows.drop_flow(request, flow)

    @app.get("/v1/flows/<flow>/drawing")
    async def draw_flow(flow: str) -> Response:
        return await flows.drawing(request, flow)


def flow_paths() -> dict[str, Any]:
    """Return the paths of flows for the API's document."""
    id_ = [{"name": "flow", "in": "path", "required": True, "schema": {"type": "string"}}]
    flow, text = (
        json_of({"begin": {"type": "string"}, "node": list_of({"type": "object"})}),
        {"type": "string"},
    )
    applied = json_of({"version": {"type": "integer"}, "changes": list_of(text)})
    drop = operation("Take a flow out of the network.", "network", applied, parameters=id_)
    put = operation(
        "Add or replace a flow: a new version of the network. If-Match: the version it replaces.",
        "network",
        applied,
        body=flow,
        parameters=id_,
    )
    checked = json_of({"nodes": {"type": "integer"}, "cases": {"type": "integer"}})
    drawn = {"text/plain": {"schema": text}}
    listed = json_of({"flows": list_of({"type": "object"})})
    return {
        "/v1/flows": {"get": operation("List the flows of the network.", "read", listed)},
        "/v1/flows/check": {
            "post": operation("Check a flow and play its cases.", "read", checked, body=flow)
        },
        "/v1/flows/{flow}": {
            "get": operation("Return a flow as JSON.", "read", flow, parameters=id_),
            "put": put,
            "delete": drop,
        },
        "/v1/flows/{flow}/drawing": {
            "get": operation("Return a flow as a Mermaid chart.", "read", drawn, parameters=id_)
        },
    }


def _has(found: InForce, id_: str) -> bool:
    return any(flow.id == id_ for flow in found.network.flows)


async def _sent(request: Request, id_: str) -> Flow:
    """Return the flow of the body; `id_` is the one that it shall have."""
    try:
        document = orjson.loads(await read_body(request))
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise Problem(400, "JSON", "Expected a flow as a JSON object: docs/flows.md says its keys.")
    try:
        return flow_of(document, "flow", id_)
    except NetworkError as error:
        problems = [str(problem) for problem in error.problems]
        raise Problem(422, "The flow was refused.", problems=problems) from None


def _tagged(reply: Response, version: int) -> Response:
    reply.headers["ETag"] = f'"{version}"'
    return reply
