"""Asking a server of the operator's in a flow: guarded as pings are, and never waited for long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson
import trio

from auctiond.keys.secret import SecretError
from auctiond.logs import Log
from auctiond.net.wire import Wire, WireError
from compliance.fields import ANSWER_CHARS_MAX, Moment, select
from compliance.masking import holds_personal
from market.call import Call
from market.call_flow import Webhook
from market.http import HttpReply, HttpRequest
from market.ids import id_for
from routing.flows.playing import Failed, News, Told


@dataclass(frozen=True, slots=True)
class Webhooks:
    wire: Wire  # It refuses private addresses, redirects and long answers.
    secrets: Callable[[str], str]
    log: Log

    async def ask(
        self, call: Call, node: Webhook, facts: Mapping[str, str], anonymous: tuple[str, ...]
    ) -> News:
        """Return what the server tells. Whatever goes wrong is the flow's edge `failed`."""
        try:
            request = self._request(call, node, facts, anonymous)
            with trio.fail_after(node.deadline_ms / 1000):
                reply = await self.wire.send(request)
        except (trio.TooSlowError, WireError, SecretError, ValueError) as error:
            reason = error.reason if isinstance(error, WireError) else type(error).__name__
            self.log.warning("flow.webhook_failed", call=call.id, node=node.id, reason=reason)
            return Failed()
        told = read(reply, node)
        if told is None:
            reason = f"http:{reply.status}"
            self.log.warning("flow.webhook_failed", call=call.id, node=node.id, reason=reason)
        return Failed() if told is None else Told(told)

    def _request(
        self, call: Call, node: Webhook, facts: Mapping[str, str], anonymous: tuple[str, ...]
    ) -> HttpRequest:
        wanted = {name: facts[name] for name in node.send if facts.get(name)}
        assert call.spot is not None
        body = {
            "call_id": str(call.id),
            "request_id": str(id_for(call.id, f"flow:{call.spot.visit}")),
            "campaign": call.campaign,
            "flow": call.spot.flow,
            "node": node.id,
            "facts": select(wanted, Moment.PING, anonymous),
        }
        headers = [("content-type", "application/json"), ("accept", "application/json")]
        if node.key:
            headers.append(("authorization", f"Bearer {self.secrets(node.key)}"))
        return HttpRequest("POST", node.url, tuple(headers), orjson.dumps(body))


def read(reply: HttpReply, node: Webhook) -> dict[str, str] | None:
    """Return what is taken of an answer; None: it is none. Odd values are left out."""
    if not 200 <= reply.status < 300:
        return None
    if not node.take:
        return {}
    try:
        found = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None
    values = {f"ivr.{name}": _value(found, path) for name, path in node.take.items()}
    return {name: value for name, value in values.items() if value}


def _value(found: object, path: str) -> str:
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, bool):
        return "yes" if found else "no"
    text = str(found) if isinstance(found, str | int) else ""
    odd = len(text) > ANSWER_CHARS_MAX or not text.isprintable() or holds_personal(text)
    return "" if odd else text
