"""Flows of a network file: taken from files beside it, and held to the rest of it. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator

from market.call_flow import Decide, Dial, Flow, OpenHours, RingGroup
from market.call_flow_edges import collected
from market.condition import comparisons
from market.network import Campaign, Network
from routing.flows.reading import flow_of
from routing.network_error import NetworkError, Place, Problem, shown
from routing.network_filters import list_names
from routing.network_known import check_known
from routing.network_reading import Found, tables

FILE = re.compile(r"[A-Za-z0-9_][\w.-]{0,99}\.toml", re.ASCII)  # In the same folder.
FILE_RIGHT = 'a flow\'s file in the folder of the network file, like "auto.flow.toml"'
WITHOUT = ("greeting", "ask_zip")  # Of a campaign: the flow greets and asks.


def fill_flows(
    document: Found, place: Place, beside: Callable[[str], str] | None
) -> Iterator[Problem]:
    """Put flows that name a file into the document; yield what is wrong inside those files."""
    for found, at in tables(document, "flow", place):
        if "file" not in found:
            continue
        here, name = at.at("file"), found["file"]
        if beside is None:
            here.note(shown(name), "the flow itself: there is no folder to read from here")
        elif not isinstance(name, str) or not FILE.fullmatch(name):
            here.note(shown(name), FILE_RIGHT)
        elif set(found) - {"id", "file"}:
            here.note("a file beside other keys", "id and file alone")
        else:
            yield from _fill(found, name, here, beside)


def _fill(found: Found, name: str, place: Place, beside: Callable[[str], str]) -> Iterator[Problem]:
    try:
        text = beside(name)
        own = tomllib.loads(text)
        id_ = str(found.get("id", own.get("id", "")))
        flow_of(own, name, id_, text)
    except OSError as error:
        place.note(f"{shown(name)}: {error.strerror}", FILE_RIGHT)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        place.note(f"{shown(name)}: {error}", "TOML in UTF-8")
    except NetworkError as error:
        yield from error.problems
    else:
        found.clear()  # type: ignore[attr-defined]  # A table that tomllib made.
        found.update(own | {"id": id_})  # type: ignore[attr-defined]


def check_flows(network: Network, place: Place) -> None:
    """Note what flows and the rest of the network do not agree about."""
    flows = {flow.id: flow for flow in network.flows}
    for at, campaign in enumerate(network.campaigns):
        here = place.at("campaign").item(at).at("flow")
        if campaign.flow:
            check_known(campaign.flow, "flow", flows, here)
        if campaign.flow in flows:
            _check_required(network, campaign, flows[campaign.flow], here)
    for at, flow in enumerate(network.flows):
        for number, node in enumerate(flow.nodes):
            _check_node(network, node, place.at("flow").item(at).at("node").item(number))


def check_campaign(campaign: Found, place: Place) -> None:
    """Note keys of a campaign that its flow replaces."""
    for name in WITHOUT if campaign.get("flow") else ():
        if name in campaign:
            place.at(name).note("a key of campaigns without a flow", "a node of the flow")


def _check_required(network: Network, campaign: Campaign, flow: Flow, place: Place) -> None:
    """What a target requires, some way of the flow must gather, or it never gets a call."""
    ever = {name for node in flow.nodes for name in collected(node)}
    offered = {id_ for tier in campaign.tiers for id_ in tier.targets}
    for target in network.targets:
        for name in target.required if target.id in offered else ():
            if name.startswith("ivr.") and name not in ever:
                right = f"a flow that gathers it: {shown(flow.id)} never does"
                place.note(f'target "{target.id}" requires "{name}"', right)


def _check_node(network: Network, node: object, place: Place) -> None:
    match node:
        case Dial(to=to):
            _no_loop(network, (to,), place)
        case RingGroup(to=to):
            _no_loop(network, to, place)
        case OpenHours():
            known = [one.id for one in network.holidays]
            for at, id_ in enumerate(node.hours.holidays):
                here = place.at("hours").at("holidays").item(at)
                check_known(id_, "list of holidays", known, here)
        case Decide():
            lists = [one.id for one in network.lists]
            for one in comparisons(node.condition):
                for name in list_names(one):
                    check_known(name, "list", lists, place.at("if"))


def _no_loop(network: Network, to: tuple[str, ...], place: Place) -> None:
    numbers = {one.number for one in network.numbers}
    for number in to:
        if number in numbers:
            right = "a number of somebody else: calls to our own would come back to us"
            place.at("to").note(f'the tracking number "{number}"', right)
