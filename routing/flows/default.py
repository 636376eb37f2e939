"""The flow of a campaign that names none: greeting, zip, the auction, its last resort. Pure.

Calls of such campaigns go by the states GREETING and GATHERING of the call's table; this is what
these do, written as a flow: to be looked at, played, and begun from.
"""

from __future__ import annotations

from market.call_flow import SILENT, Auction, Dial, Flow, Gather, Hangup, Node, Prompt, Say
from market.network import AskZip, Campaign

GREETING, ZIP, SELL, FALLBACK, BYE = "greeting", "zip", "sell", "fallback", "bye"


def default_flow(campaign: Campaign) -> Flow:
    """Return what callers of `campaign` go through."""
    last = FALLBACK if campaign.fallback else BYE
    nodes: list[Node] = []
    if campaign.greeting:
        after = ZIP if campaign.ask_zip else SELL
        nodes.append(Say(GREETING, _say(campaign.greeting), after))
    if campaign.ask_zip:
        nodes.append(_zip(campaign.ask_zip, last))
    nodes.append(Auction(SELL, last, music_url=campaign.music_url))
    if campaign.fallback:
        nodes.append(Dial(FALLBACK, campaign.fallback, BYE))
    sorry = _say(campaign.sorry) if campaign.sorry and not campaign.fallback else SILENT
    nodes.append(Hangup(BYE, sorry))
    return Flow(campaign.id, nodes[0].id, tuple(nodes), campaign.name)


def _zip(asks: AskZip, last: str) -> Gather:
    return Gather(
        ZIP,
        _say(asks.prompt),
        keep_as="",
        next=SELL,
        otherwise=last if asks.required else SELL,
        again=_say(asks.again),
        check="zip",
        tries=asks.tries,
        timeout_s=asks.timeout_s,
    )


def _say(text: str) -> Prompt:
    return Prompt({"": text})
