"""When a talk over Twilio began and ended, by the status of the leg that was dialled."""

from market.phone import Answered, Ended, Joined
from tests.telephony.test_twilio_webhooks import STAMP, STATUS, read


def test_nobody_is_joined_with_a_leg_that_was_rung_alone():
    form = {key: value for key, value in STATUS.items() if key != "ParentCallSid"}
    assert [type(one) for one in read(form | {"CallStatus": "in-progress"}, "leg", 1)] == [Answered]


def test_a_talk_counts_from_the_end_of_its_first_second_to_the_start_of_its_last():
    answered, joined = read(STATUS | {"CallStatus": "in-progress"}, "leg", 1)
    (ended,) = read(STATUS | {"CallStatus": "completed"}, "leg", 1)
    assert answered.at_ms == joined.at_ms == STAMP + 999
    assert ended.at_ms == STAMP


def test_how_long_a_leg_was_answered_tells_a_join_whose_own_news_was_lost():
    over = STATUS | {"CallStatus": "completed", "CallDuration": "90"}
    joined, ended = read(over, "leg", 1)
    assert (type(joined), type(ended)) == (Joined, Ended)
    assert ended.at_ms - joined.at_ms == 89_000 - 999, "a second less, for who knows how it rounds"
    for kind, told in (
        ("screened", {}),
        ("leg", {"CallDuration": "1"}),
        ("leg", {"CallDuration": ""}),
    ):
        assert [type(one) for one in read(over | told, kind, 1)] == [Ended]
    alone = {key: value for key, value in over.items() if key != "ParentCallSid"}
    assert [type(one) for one in read(alone, "leg", 1)] == [Ended]
