"""What a node of a flow does, in lines for the person who plays the caller. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from market import call_flow as f
from routing.flows.answers import asked_of
from routing.flows.hearing import prompt_at, sound_of
from routing.flows.writing import KIND_OF


@dataclass(frozen=True, slots=True)
class NodeLines:
    flow: f.Flow

    def passed(self, node: f.Node, *, last: bool) -> str:
        """Return the line of a node that is entered; one that only decides is passed."""
        return f"{'->' if last else '  '} {node.id} ({KIND_OF[type(node)]})"

    def commands(self, node: f.Node, turn: int, facts: Mapping[str, str]) -> Iterator[str]:
        """Yield what the carrier, or another server, is asked to do at a node."""
        sound = sound_of(prompt_at(node, turn), self.flow, facts)
        if sound.say:
            yield f'say [{sound.language}]: "{sound.say}"'
        if sound.play:
            yield f"play: {sound.play}"
        yield from _more(node, turn)


def _more(node: f.Node, turn: int) -> Iterator[str]:
    match node:
        case f.Menu() | f.YesNo() | f.Gather():
            asked = asked_of(node)
            tries = f"try {turn + 1} of {node.tries}"
            yield f"gather: up to {asked.digits} digits, {asked.timeout_s:g} s, {tries}"
        case f.Webhook():
            yield f"POST {node.url} within {node.deadline_ms} ms"
        case f.Auction():
            yield "auction: the buyers are asked"
        case f.Dial():
            yield f"dial {node.to}, {node.ring_s:g} s"
        case f.RingGroup(order="in_order"):
            yield f"dial {node.to[turn]}, {node.ring_s:g} s"
        case f.RingGroup():
            yield f"dial {len(node.to)} numbers, {node.order}, {node.ring_s:g} s"
        case f.Record():
            yield f"recording: {node.action}"
        case f.Voicemail():
            yield f"record a message, {node.longest_s:g} s at most"
        case f.Queue():
            yield f"wait {node.again_s:g} s, {node.size} callers at most"
        case f.Hangup():
            yield "hang up"
