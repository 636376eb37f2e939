"""The kinds of nodes of a flow: their keys, and what must hold inside each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from market import call_flow as f
from routing import network_values as v
from routing.flows import values as w
from routing.network_error import Place, Refused
from routing.network_filters import condition
from routing.network_hours import read_hours
from routing.network_reading import Found, Key, list_of, table_of
from routing.network_values import Reader

NODE_MOST = 200  # Nodes of a flow. Nobody walks a caller through more, nor reads the drawing.
GROUP_MOST = 10  # Numbers of a ring group: carriers ring no more at once.
FIXED = {"zip": 5, "phone": 10}  # Digits of a check that decides how many.
edge = v.ident
needed = Key(edge, needed=True)
say = {"say": Key(w.spoken), "play": Key(w.played)}
ring_s = Key(v.seconds(5, 120))
asking = {
    **say,
    "again": Key(w.again),
    "otherwise": needed,
    "none": Key(edge),
    "tries": Key(v.whole(1, 5)),
    "timeout_s": Key(v.seconds(1, 60)),
}


def _prompted(noun: Callable[..., Any]) -> Callable[..., Any]:
    """Return what makes a `noun` whose words and recordings are one prompt."""

    def make(**fields: object) -> object:
        said, played = fields.pop("say", {}), fields.pop("play", {})
        return noun(prompt=f.Prompt(said, played), **fields)  # type: ignore[arg-type]

    return make


def _heard(found: Found, fields: dict[str, Any], place: Place) -> None:
    if "say" not in found and "play" not in found:
        place.at("say").note("nothing", "say or play: a silent question is a dead line")


def _menu(found: Found, fields: dict[str, Any], place: Place) -> None:
    _heard(found, fields, place)
    if "choices" in fields and not fields["choices"]:
        place.at("choices").note("an empty table", "at least one key")
    for key in set(fields.get("answers", ())) - set(fields.get("choices", ())):
        place.at("answers").at(key).note("an answer for a key without a choice", "one of the keys")
    if "answers" in found and "keep_as" not in found:
        place.at("keep_as").note("nothing", "the name under which the answers are kept")


def _gather(found: Found, fields: dict[str, Any], place: Place) -> None:
    _heard(found, fields, place)
    check, most = fields.get("check", "any"), fields.get("digits", 5)
    fixed = FIXED.get(check)
    if fixed is not None and ("digits" in found or "digits_least" in found):
        place.at("digits").note("a key that the check decides", f"no such key: it is {fixed}")
    if fields.get("digits_least", 1) > most:
        place.at("digits_least").note(str(fields["digits_least"]), f"at most digits, {most}")
    for name in ("least", "most"):
        if name in found and check != "number":
            place.at(name).note("a key of numbers", 'check = "number"')
    if fields.get("least", 0) > fields.get("most", fields.get("least", 0)):
        place.at("least").note(str(fields["least"]), "at most `most`")
    if check != "zip" and "keep_as" not in found:
        place.at("keep_as").note("nothing", "the name under which the digits are kept")
    if check == "zip" and "keep_as" in found:
        place.at("keep_as").note("a key that the check decides", "no such key: it is the fact zip")


def _make_gather(**fields: object) -> object:
    fixed = FIXED.get(str(fields.get("check")))
    digits = {"digits": fixed} if fixed is not None else {}
    return _prompted(f.Gather)(**({"keep_as": ""} | fields | digits))


def _group(found: Found, fields: dict[str, Any], place: Place) -> None:
    to, weighted = fields.get("to", ()), fields.get("order") == "weighted"
    if len(to) > GROUP_MOST:
        place.at("to").note(f"{len(to)} numbers", f"at most {GROUP_MOST}")
    if weighted and len(fields.get("weights", ())) != len(to):
        place.at("weights").note(f"{len(fields.get('weights', ()))} weights", f"{len(to)} of them")
    if not weighted and "weights" in found:
        place.at("weights").note("a key of another order", 'order = "weighted"')


def _auction(found: Found, fields: dict[str, Any], place: Place) -> None:
    if fields.get("ringback") and fields.get("music_url"):
        place.at("ringback").note("music and ringing", "one of them")


def _goto(found: Found, fields: dict[str, Any], place: Place) -> None:
    if ("most" in found) != ("otherwise" in found):
        place.at("most" if "otherwise" in found else "otherwise").note(
            "nothing", "most and otherwise together, or neither"
        )


def _queue(found: Found, fields: dict[str, Any], place: Place) -> None:
    wait, again = fields.get("wait_s", 300.0), fields.get("again_s", 30.0)
    if again > wait:
        place.at("again_s").note(str(again), f"at most wait_s, {wait:g}")


def _consent(found: Found, fields: dict[str, Any], place: Place) -> None:
    _heard(found, fields, place)
    if fields.get("accept") and fields["accept"] == fields.get("decline"):
        place.at("decline").note("the key that accepts", "another key")
    if "declined" in found and not fields.get("accept") and not fields.get("decline"):
        place.at("declined").note("a way that nobody can take", "with accept or decline")


def _kind(
    noun: Callable[..., Any],
    keys: Mapping[str, Key],
    check: Callable[[Found, dict[str, Any], Place], None] | None = None,
) -> Reader:
    return table_of(noun, {"id": needed, **keys}, check)


KINDS: dict[str, Reader] = {
    "say": _kind(_prompted(f.Say), {**say, "next": needed}, _heard),
    "play": _kind(_prompted(f.Say), {"play": Key(w.played, needed=True), "next": needed}),
    "menu": _kind(
        _prompted(f.Menu),
        {
            **asking,
            "choices": Key(w.keyed(edge), needed=True),
            "answers": Key(w.keyed(w.answer_value)),
            "keep_as": Key(v.answer),
        },
        _menu,
    ),
    "yes_no": _kind(
        _prompted(f.YesNo),
        {**asking, "yes": needed, "no": needed, "keep_as": Key(v.answer)},
        _heard,
    ),
    "gather": _kind(
        _make_gather,
        {
            **asking,
            "keep_as": Key(v.answer),
            "next": needed,
            "digits": Key(v.whole(1, 20)),
            "digits_least": Key(v.whole(1, 20)),
            "check": Key(v.choice("any", "zip", "phone", "number")),
            "least": Key(v.whole(0, 10**9)),
            "most": Key(v.whole(0, 10**9)),
            "sensitive": Key(v.flag),
        },
        _gather,
    ),
    "hours": _kind(
        f.OpenHours, {"hours": Key(read_hours, needed=True), "open": needed, "closed": needed}
    ),
    "condition": _kind(
        f.Decide,
        {"if": Key(condition, needed=True, into="condition"), "yes": needed, "no": needed},
    ),
    "tag": _kind(f.Tag, {"set": Key(w.named(w.answer_value), needed=True), "next": needed}),
    "webhook": _kind(
        f.Webhook,
        {
            "url": Key(v.web_address, needed=True),
            "deadline_ms": Key(v.whole(50, 10_000, "milliseconds")),
            "send": Key(list_of(w.fact)),
            "take": Key(w.named(w.json_path)),
            "key": Key(v.secret),
            "next": needed,
            "failed": needed,
        },
    ),
    "auction": _kind(
        f.Auction,
        {
            "needs": Key(list_of(w.fact)),
            "music_url": Key(v.music),
            "ringback": Key(v.flag),
            "unsold": needed,
        },
        _auction,
    ),
    "dial": _kind(
        f.Dial, {"to": Key(v.destination, needed=True), "ring_s": ring_s, "unanswered": needed}
    ),
    "ring_group": _kind(
        f.RingGroup,
        {
            "to": Key(list_of(v.destination, least=1), needed=True),
            "order": Key(v.choice("in_order", "weighted", "simultaneous")),
            "weights": Key(list_of(v.whole(1, 1000))),
            "ring_s": ring_s,
            "unanswered": needed,
        },
        _group,
    ),
    "consent": _kind(
        _prompted(f.ConsentAsk),
        {
            **say,
            "version": Key(v.ident),
            "accept": Key(w.some_key),
            "decline": Key(w.some_key),
            "ask": Key(v.choice("always", "by_law")),
            "timeout_s": Key(v.seconds(1, 60)),
            "next": needed,
            "declined": Key(edge),
        },
        _consent,
    ),
    "record": _kind(
        f.Record,
        {"action": Key(v.choice("start", "stop", "pause", "resume"), needed=True), "next": needed},
    ),
    "voicemail": _kind(
        _prompted(f.Voicemail), {**say, "longest_s": Key(v.seconds(5, 600)), "next": needed}, _heard
    ),
    "queue": _kind(
        f.Queue,
        {
            "size": Key(v.whole(1, 1000)),
            "wait_s": Key(v.seconds(1, 3600)),
            "again_s": Key(v.seconds(1, 300)),
            "music_url": Key(v.music),
            "next": needed,
            "over": needed,
            "full": needed,
        },
        _queue,
    ),
    "language": _kind(f.Language, {"language": Key(w.language, needed=True), "next": needed}),
    "callback": _kind(
        _prompted(f.CallbackOffer),
        {
            **say,
            "key": Key(w.key),
            "timeout_s": Key(v.seconds(1, 60)),
            "accepted": needed,
            "declined": needed,
        },
        _heard,
    ),
    "goto": _kind(
        f.Goto, {"to": needed, "most": Key(v.whole(1, 10)), "otherwise": Key(edge)}, _goto
    ),
    "hang_up": _kind(_prompted(f.Hangup), say),
}


def read_node(found: object, place: Place) -> f.Node:
    """Read a node: its kind says which keys it has."""
    if not isinstance(found, dict):
        raise place.refuse(found, "a table")
    kind = found.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        place.at("kind").refuse(
            found.get("kind", "nothing"), f"the kind of the node: {', '.join(KINDS)}"
        )
        raise Refused(place.key)
    node: f.Node = KINDS[kind]({k: one for k, one in found.items() if k != "kind"}, place)
    return node
