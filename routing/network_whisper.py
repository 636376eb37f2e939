"""What a buyer hears before the two are joined, as a network file says it. Pure."""

from __future__ import annotations

from routing import network_values as v
from routing.network_error import Place
from routing.network_reading import Key

LONGEST = 200  # Characters: a quarter of a minute. The caller waits meanwhile.
ACCEPTS = "1"  # The one key that carriers ask for here.


def whisper(found: object, place: Place) -> str:
    """Read what is said to who answers."""
    if not isinstance(found, str) or not found.strip() or len(found) > LONGEST:
        raise place.refuse(found, f"a text of one line, of 1 to {LONGEST} characters")
    return v.text(found, place)


def accept_key(found: object, place: Place) -> bool:
    """Read whether who answers takes the call by a key."""
    if isinstance(found, bool):
        return found
    if found == ACCEPTS:
        return True
    raise place.refuse(found, 'true, false, or "1": the key that takes the call')


WHISPER = {"whisper": Key(whisper), "accept_key": Key(accept_key), "no_machine": Key(v.flag)}
