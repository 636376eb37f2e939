"""SIP's words and numbers, as the media switch passes them on."""

import pytest

from edge.media.causes import cause_of, name_of, number_of


@pytest.mark.parametrize(
    ("text", "incoming", "was_up", "cause", "code"),
    [
        ("486 Busy Here", False, False, "user_busy", "486"),
        ("600 Busy Everywhere", False, False, "user_busy", "600"),
        ("603 Decline", False, False, "call_rejected", "603"),
        ("404 Not Found", False, False, "not_found", "404"),
        ("480 Temporarily Unavailable", False, False, "unspecified", "480"),
        ("503 Service Unavailable", False, False, "unspecified", "503"),
        ("Connection timed out", False, False, "unspecified", "408"),
        ("", False, False, "unspecified", "unspecified"),
        ("Request Cancelled", True, False, "originator_cancel", "unspecified"),
        ("", True, True, "normal_clearing", "unspecified"),
        ("rtp stream error", True, True, "unspecified", "unspecified"),
    ],
)
def test_the_stacks_words_become_a_cause_and_a_code(text, incoming, was_up, cause, code):
    assert cause_of(text, incoming=incoming, was_up=was_up) == (cause, code)


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("<sip:+12125550101@10.0.0.1>;tag=1", "+12125550101"),
        ('"Ada L." <sip:2125550101@10.0.0.1>', "+12125550101"),
        ("sip:12125550101@10.0.0.1;user=phone", "+12125550101"),
        ("<tel:+442079460000>", "+442079460000"),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', "anonymous"),
        ("<sip:north-media@calls.example;transport=udp>", "sip:north-media@calls.example"),
        ("", "anonymous"),
    ],
)
def test_a_number_in_a_sip_address_is_e164(address, number):
    assert number_of(address) == number


def test_a_name_stands_before_the_address():
    assert name_of('"Ada Lovelace" <sip:+12125550101@h>') == "Ada Lovelace"
    assert name_of("sip:+12125550101@h") == ""
    assert name_of('"Anonymous" <sip:anonymous@anonymous.invalid>') == ""
