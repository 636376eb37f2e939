"""`auctiond flow`: check a call flow, draw it, and play the caller."""

from __future__ import annotations

import time
from pathlib import Path

import click

from auctiond.command_group import Listed
from auctiond.networks.named import wrong
from auctiond.networks.reading import read_flows
from auctiond.show.flow_lines import NodeLines
from market.call_flow import Flow
from market.network import Network
from routing.flows.compiled import CompiledFlow, compile_flow
from routing.flows.default import default_flow
from routing.flows.drawing import mermaid
from routing.flows.simulating import Simulation, wrong_cases
from routing.network_error import NetworkError
from routing.snapshot import compile_network

WORDS_MOST = 300  # Of one simulated call. No caller does more.
file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
flow_option = click.option(
    "--flow", "name", help="Which one, where FILE is a network with several."
)
campaign_option = click.option(
    "--campaign", help="Of a network: what this campaign does, also if it names no flow."
)


@click.group(cls=Listed)
def command() -> None:
    """Check call flows, draw them, and play the caller. Needs no server.

    FILE is the file of a flow, or a network with its flows.
    """


@command.command()
@file_argument
def check(file: Path) -> None:
    """Say everything that is wrong with the flows of FILE, and play their cases."""
    problems, told = [], []
    for flow in _flows(file):
        found = list(wrong_cases(flow))
        problems += [
            f"{flow.flow.id}: case {number} ({flow.flow.cases[number].name}): "
            f"found {what}; expected {right}"
            for number, what, right in found
        ]
        told.append(f"{flow.flow.id}: {len(flow.nodes)} nodes, {len(flow.flow.cases)} cases")
    if problems:
        raise click.ClickException("\n".join(problems))
    click.echo(f"{file}: good. {'; '.join(told)}.")


@command.command()
@file_argument
@flow_option
@campaign_option
def draw(file: Path, name: str | None, campaign: str | None) -> None:
    """Print a flow as a Mermaid flowchart."""
    click.echo(mermaid(_one(file, name, campaign).flow), nl=False)


@command.command()
@file_argument
@flow_option
@campaign_option
@click.option("--fact", "facts", multiple=True, help="Known from the start: state=TX.")
def simulate(file: Path, name: str | None, campaign: str | None, facts: tuple[str, ...]) -> None:
    """Play the caller of a flow from the keyboard: shows what is heard, told and collected."""
    flow = _one(file, name, campaign)
    known = dict(_fact(one) for one in facts)
    call = Simulation.start(flow, known, int(time.time() * 1000))
    lines = NodeLines(flow.flow)
    seen = 0
    for _ in range(WORDS_MOST):
        for id_ in call.path[seen:]:
            click.echo(lines.passed(flow.nodes[id_], last=id_ == call.path[-1]))
        seen = len(call.path)
        if call.ends:
            break
        _go_on(call, lines)
    collected = ", ".join(f"{name} = {value}" for name, value in sorted(call.facts.items()))
    click.echo(f"The call ends: {call.ends or 'you gave up'}. Known: {collected or 'nothing'}.")


def _go_on(call: Simulation, lines: NodeLines) -> None:
    """Let one thing happen: by itself, or as the person at the keyboard says."""
    for line in lines.commands(call.node, call.at.turn, call.facts):
        click.echo(f"    {line}")
    wanted = call.waits_for()
    before = dict(call.facts)
    if wanted:
        word = click.prompt(f"    {wanted}", default="silence", show_default=False)
        call.tell(word.strip())
        click.echo(f"    event: {word}")
    else:
        call.tell("done")
    for name, value in call.facts.items():
        if before.get(name) != value:
            click.echo(f"    collected: {name} = {value}")


def _fact(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not equals or not value:
        raise click.UsageError(f"--fact {written!r}: expected NAME=VALUE, like state=TX")
    return name, value


def _read(file: Path) -> Network | Flow:
    try:
        return read_flows(file)
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is no text in UTF-8") from None
    except NetworkError as error:
        raise wrong([str(problem) for problem in error.problems]) from None


def _of_campaign(file: Path, id_: str) -> CompiledFlow:
    """Return what a campaign has its callers go through."""
    found = _read(file)
    campaigns = {one.id: one for one in found.campaigns} if isinstance(found, Network) else {}
    if id_ not in campaigns or not isinstance(found, Network):
        listed = ", ".join(campaigns) or "none"
        raise click.UsageError(f"--campaign: expected one of those of {file}: {listed}")
    if campaigns[id_].flow:
        return compile_network(0, found).flows[campaigns[id_].flow]
    return compile_flow(default_flow(campaigns[id_]))


def _flows(file: Path) -> list[CompiledFlow]:
    found = _read(file)
    if isinstance(found, Network):
        return list(compile_network(0, found).flows.values())
    return [compile_flow(_without_holidays(found))]


def _without_holidays(flow: Flow) -> Flow:
    """Refuse hours that name holidays: those are in the network, which is not at hand."""
    for node in flow.nodes:
        if getattr(getattr(node, "hours", None), "holidays", ()):
            raise click.ClickException(
                f"{flow.id}: node {node.id} names holidays of its network: give the network's file"
            )
    return flow


def _one(file: Path, name: str | None, campaign: str | None) -> CompiledFlow:
    if campaign is not None:
        return _of_campaign(file, campaign)
    flows = {flow.flow.id: flow for flow in _flows(file)}
    if name is None and len(flows) == 1:
        return next(iter(flows.values()))
    if name is None or name not in flows:
        listed = ", ".join(flows) or "none"
        raise click.UsageError(f"--flow: expected one of the flows of {file}: {listed}")
    return flows[name]
