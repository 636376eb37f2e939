"""What an account says of recording its calls. Pure: data."""

from __future__ import annotations

from market.value import dataclass

KEEP_DAYS = 90


@dataclass(frozen=True, slots=True)
class RecordingTerms:
    """Nothing is recorded unless `on`. The rest is the notice of campaigns without a flow."""

    on: bool = False
    keep_days: int = KEEP_DAYS  # Then a recording is deleted.
    say: str = "This call may be recorded. To go on without a recording, press 9."
    play: str = ""  # The address of a recording, in place of the words.
    version: str = "1"  # Of the words: it is on record which of them a caller heard.
    decline: str = "9"  # The key that refuses; "": who stays agrees.
    accept: str = ""  # A key that must be pressed to agree.
    timeout_s: float = 3.0


OFF = RecordingTerms()
