"""Read what Stripe's clients send: forms with nested names, `a[b][0]=c`. Pure."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from auctiond.sandbox.stripe.refused import invalid

NAME = re.compile(r"([a-z_0-9]+)((?:\[[A-Za-z_0-9]*\])*)")
PART = re.compile(r"\[([A-Za-z_0-9]*)\]")
FIELDS_MAX = 500
Params = dict[str, Any]


def read_form(text: str) -> Params:
    """Return the fields of a form, nested; lists are as lists. Raises Refused."""
    found: Params = {}
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX)
    for name, value in pairs:
        match = NAME.fullmatch(name)
        if match is None:
            raise invalid(f"Invalid name: {name[:80]}", name[:80])
        _put(found, [match[1], *PART.findall(match[2])], value)
    listed: Params = _with_lists(found)
    return listed


def whole(params: Params, name: str) -> int | None:
    """Return a whole number, or None if it was not sent. Raises Refused."""
    text = params.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or not re.fullmatch(r"-?[0-9]{1,12}", text):
        raise invalid(f"Invalid integer: {text}", name, "parameter_invalid_integer")
    return int(text)


def flag(params: Params, name: str) -> bool:
    """Return a yes or no; not sent is no. Raises Refused."""
    text = params.get(name, "false")
    if text not in ("true", "false"):
        raise invalid(f"Invalid boolean: {text}", name)
    return bool(text == "true")


def _put(into: Params, parts: list[str], value: str) -> None:
    for part in parts[:-1]:
        into = into.setdefault(part or str(len(into)), {})
        if not isinstance(into, dict):
            raise invalid(f"{part} is both a value and an object", part)
    into[parts[-1] or str(len(into))] = value


def _with_lists(value: Any) -> Any:  # noqa: ANN401
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(each) for name, each in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
