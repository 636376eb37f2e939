"""Campaigns without a flow that record: theirs is the smallest flow, with a notice. Pure.

Who is recorded must be told and may refuse, which takes a flow. An id with a dot is no operator's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from market.call_flow import ConsentAsk, Flow, Node, Prompt, Say
from market.network import Campaign, Network
from market.recording import RecordingTerms
from routing.flows.default import default_flow

NOTICE = "recording"


def with_notices(network: Network) -> tuple[Mapping[str, Campaign], tuple[Flow, ...]]:
    """Return the campaigns by id, each with the flow it goes by, and all flows."""
    campaigns = {one.id: one for one in network.campaigns}
    terms, own = network.recording, []
    if terms is not None and terms.on:
        for campaign in network.campaigns:
            if campaign.record and not campaign.flow:
                flow = _noticed(campaign, terms)
                own.append(flow)
                campaigns[campaign.id] = replace(campaign, flow=flow.id)
    return campaigns, (*network.flows, *own)


def _noticed(campaign: Campaign, terms: RecordingTerms) -> Flow:
    """Return the flow of `campaign` with the account's notice, after the greeting."""
    flow = default_flow(campaign)
    first = flow.nodes[0]
    notice = ConsentAsk(
        NOTICE,
        Prompt({"": terms.say} if terms.say else {}, {"": terms.play} if terms.play else {}),
        next=flow.nodes[1].id if isinstance(first, Say) else first.id,
        version=terms.version,
        accept=terms.accept,
        decline=terms.decline,
        timeout_s=terms.timeout_s,
        ask=campaign.record_ask,
    )
    nodes: tuple[Node, ...] = (notice, *flow.nodes)
    if isinstance(first, Say):  # The greeting.
        nodes = (replace(first, next=NOTICE), notice, *flow.nodes[1:])
    return replace(flow, id=f"recorded.{campaign.id}", begin=nodes[0].id, nodes=nodes)
