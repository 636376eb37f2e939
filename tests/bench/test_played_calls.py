"""The played carrier keeps to the real one's protocol, whatever the server does with a call."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.load.played_calls import Played
from bench.load.played_stage import Stage
from bench.load.recovered import recovery_s, took_ms
from bench.load.signed_calls import KEY, signed_call
from telephony.telnyx import read_webhook

SAYS_SORRY = [b"/actions/answer", b"/actions/speak", b"/actions/hangup"]


def play(commands: list[bytes], refuses: int = 0) -> tuple[Played, list[str]]:
    """Play a call to a server that gives these commands; return it, and the webhooks it took."""
    stage, sent = Stage(), list[str]()
    given = iter(commands)
    left = refuses

    def send(played: Played, hook) -> None:
        nonlocal left
        stage.idle.append(send)
        if left:
            left -= 1
            if played.refused():
                stage.send_again(played, hook)
            return
        read_webhook(hook.body)
        name = hook.body.partition(b'"event_type":"')[2].partition(b'"')[0].decode()
        sent.append(name.removeprefix("call."))
        played.acknowledged()

    stage.idle.append(send)
    played = Played(stage, signed_call(1, "t", Ed25519PrivateKey.from_private_bytes(KEY)))
    played.start()
    for verb in given:
        stage.command(b"/v2/calls/" + played.call.legs[0].encode() + verb, b"{}")
    return played, sent


def test_a_call_that_is_sold_talks_and_ends():
    played, sent = play([b"/actions/answer", b"/actions/transfer"])
    assert played.how == "sold"
    assert sent[:3] == ["initiated", "answered", "initiated"]
    assert sent[-4:] == ["bridged", "bridged", "hangup", "hangup"]


def test_words_that_are_spoken_are_told_and_then_the_server_hangs_up():
    played, sent = play(SAYS_SORRY)
    assert played.how == "unsold"
    assert sent == ["initiated", "answered", "speak.started", "speak.ended", "hangup"]
    played, sent = play(SAYS_SORRY[:2])
    assert not played.over


@pytest.mark.parametrize("last", [b"/actions/hangup", b"/actions/reject"])
def test_who_is_hung_up_on_without_a_word_is_gone(last):
    played, sent = play([b"/actions/answer", last])
    assert (played.how, sent[-1]) == ("unsold", "hangup")
    assert played.stage.live == 0


def test_a_call_that_is_refused_three_times_is_turned_away():
    played, sent = play([], refuses=3)
    assert (played.how, sent) == ("turned_away", [])
    played, sent = play([], refuses=2)
    assert sent == ["initiated"]


def test_well_again_is_from_when_on_calls_are_sold_as_they_come_for_good():
    how = ["sold" if n in (3, 4) or n > 11 else "unsold" for n in range(40)]
    ends = [(n / 10, n / 10 + 0.2, how[n], "") for n in range(40)]
    assert recovery_s(ends, 0.0, 4.0) == 1.5
    assert recovery_s(ends, 1.5, 4.0) == 0.0
    assert took_ms(ends, 0.5) == pytest.approx(200)
