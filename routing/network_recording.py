"""What is recorded of calls, as a network file says it. Pure."""

from __future__ import annotations

from typing import Any

from market.recording import RecordingTerms
from routing import network_values as v
from routing.flows import values as w
from routing.network_error import Place
from routing.network_reading import Found, Key, table_of

KEEP_DAYS_MOST = 3650  # Ten years. Who keeps calls for longer keeps them elsewhere.


def _check(found: Found, fields: dict[str, Any], place: Place) -> None:
    terms = RecordingTerms(**fields)
    if terms.accept and terms.accept == terms.decline:
        place.at("accept").note("the key that declines", "another key")
    if not terms.say and not terms.play:
        place.at("say").note("nothing", "say or play: nobody is recorded without a word")


RECORDING = {
    "on": Key(v.flag),
    "keep_days": Key(v.whole(1, KEEP_DAYS_MOST, "days")),
    "say": Key(v.text),
    "play": Key(v.web_address),
    "version": Key(v.ident),
    "decline": Key(w.some_key),
    "accept": Key(w.some_key),
    "timeout_s": Key(v.seconds(1, 60)),
}
read_recording = table_of(RecordingTerms, RECORDING, _check)
record_ask = v.choice("by_law", "always")
