"""What a caller hears at a node, in his language. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from market import call_flow as f

CHARACTERS_PER_S = 10  # Slow speech; a prompt is surely over after that.
PLAY_S = 120.0  # How long a recording is, nobody tells before: longer is cut off.
SPARE_S = 5.0  # For a carrier to begin, and for its webhook.


@dataclass(frozen=True, slots=True)
class Sound:
    """Words to read out in a language, or the address of a recording; neither is silence."""

    say: str = ""
    play: str = ""
    language: str = ""

    @property
    def longest_s(self) -> float:
        """How long it takes at most; by then the news of its end was lost."""
        if self.play:
            return PLAY_S + SPARE_S
        return len(self.say) / CHARACTERS_PER_S + SPARE_S if self.say else 0.0


def prompt_at(node: f.Node, turn: int) -> f.Prompt:
    """Return what is to be heard at the n-th try of a node."""
    match node:
        case f.Menu() | f.YesNo() | f.Gather() if turn and node.again != f.SILENT:
            return node.again
        case f.Say() | f.Menu() | f.YesNo() | f.Gather() | f.ConsentAsk() | f.Voicemail():
            return node.prompt
        case f.CallbackOffer() | f.Hangup():
            return node.prompt
    return f.SILENT


def sound_of(prompt: f.Prompt, flow: f.Flow, facts: Mapping[str, str]) -> Sound:
    """Return `prompt` in the caller's language, else in the flow's, else in any."""
    language = facts.get("ivr.language") or flow.language
    for texts, kind in ((prompt.play, "play"), (prompt.say, "say")):
        if texts:
            spoken = next((one for one in (language, "", flow.language) if one in texts), None)
            spoken = next(iter(texts)) if spoken is None else spoken
            return Sound(**{kind: texts[spoken]}, language=spoken or language)
    return Sound()


def longest_s(node: f.Node, sound: Sound) -> float:
    """Return how long a call may stay at a node before something must have gone wrong."""
    match node:
        case f.Menu() | f.YesNo() | f.CallbackOffer() | f.ConsentAsk():
            return sound.longest_s + node.timeout_s + SPARE_S
        case f.Gather():
            return sound.longest_s + node.timeout_s + node.digits * BETWEEN_DIGITS_S + SPARE_S
        case f.Webhook():
            return node.deadline_ms / 1000 + SPARE_S
        case f.Voicemail():
            return sound.longest_s + node.longest_s + SPARE_S
        case f.Queue():
            return node.again_s + SPARE_S
    return sound.longest_s + SPARE_S


BETWEEN_DIGITS_S = 4.0  # The most that a caller may take between two digits.
