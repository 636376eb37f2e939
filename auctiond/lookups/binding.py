"""Joins each look-up of the network with its format and its secrets, or says what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from auctiond.keys.secret import SecretError
from compliance.lookup import LookupFormat, shipped_formats
from market.callback import Lookup


@dataclass(frozen=True, slots=True)
class BoundLookup:
    lookup: Lookup
    form: LookupFormat
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BoundLookups:
    lookups: Mapping[str, BoundLookup]
    problems: tuple[str, ...]


def bind_lookups(lookups: Sequence[Lookup], secrets: Callable[[str], str]) -> BoundLookups:
    """Return the look-ups ready for use, and what is wrong with the others."""
    formats = shipped_formats() if lookups else {}
    bound, problems = {}, []
    for one in lookups:
        form = formats.get(one.format)
        wrong = _wrong(one, form, formats)
        if wrong or form is None:
            problems.append(f"lookup {one.id}: {wrong}")
            continue
        try:
            values = {name: secrets(reference) for name, reference in one.secrets.items()}
        except SecretError as error:
            problems.append(f"lookup {one.id}: secrets: {error}")
            continue
        bound[one.id] = BoundLookup(one, form, values)
    return BoundLookups(bound, tuple(problems))


def _wrong(one: Lookup, form: LookupFormat | None, formats: Mapping[str, LookupFormat]) -> str:
    if form is None:
        return f"format: no {one.format!r}; there are: {', '.join(sorted(formats))}"
    if missing := sorted(set(form.secrets) - set(one.secrets)):
        return f"secrets.{missing[0]}: the format needs it"
    if unknown := sorted(set(one.secrets) - set(form.secrets)):
        return f"secrets.{unknown[0]}: the format has none of that name"
    return "" if one.url or form.url else "url: the format has none of its own"
