"""Each probe in head and in base; who is found slower is asked again before it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.gate.base import HEAD, lend_probes, own_probes
from bench.gate.compare import Verdict, compare
from bench.gate.pairs import Effort, NotRunning, Side, Ticked, measure, probe


@dataclass(slots=True)
class Comparison:
    """What was found, and what could not be compared, with the reason."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    not_compared: dict[str, str] = field(default_factory=dict)

    @property
    def slower(self) -> bool:
        return any(verdict.slower for verdict in self.verdicts.values())


def compare_all(
    names: Sequence[str], tree: Path, plant: float, effort: Effort, tick: Ticked
) -> Comparison:
    """Compare the files here with those in `tree`, a checkout that may be changed.

    Head's own probes must run in head: NotRunning is raised if one does not.
    """
    found = Comparison()
    base, head = Side(tree), Side(HEAD, plant)
    for name in names:
        why_not = _try(name, base)
        if why_not:
            found.not_compared[name] = why_not
        else:
            found.verdicts[name] = _verdict(name, base, head, effort, tick)
    return found


def _try(name: str, base: Side) -> str:
    """Return why the base cannot be asked; "" when it can, with head's probe or with its own."""
    why_not = ""
    for lend in (True, False):
        if lend:
            lend_probes(base.tree)
        elif not own_probes(base.tree):
            break
        try:
            with probe(name, base) as running:
                running.wait_ready()
                running.ask()
        except NotRunning as error:
            why_not = str(error)
        else:
            return ""
    return why_not


def _verdict(name: str, base: Side, head: Side, effort: Effort, tick: Ticked) -> Verdict:
    found = compare(measure(name, base, head, effort, tick))
    if found.slower:
        again = Effort(effort.generations * 2, effort.rounds)
        found = compare(measure(name, base, head, again, tick))
    return found
