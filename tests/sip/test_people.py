"""The demo's people: what a sandbox carrier is told becomes phones and callers of sipp's."""

from __future__ import annotations

import re

import pytest

from auctiond.sandbox.demo.figures import Witnesses, verdict
from auctiond.sandbox.script import callers, phones
from auctiond.sandbox.sip.kamailio import RECORD, KamailioEdge
from auctiond.sandbox.sip.people import RINGS_ON_S, TALK_S, caller_of, kind_of
from auctiond.sandbox.sip.sipp import Buyer, Refuser, filled
from tests.commands.test_demo import FOUND

ORDER = {
    "from": "+12125550101",
    "to": "+15558000000",
    "lead": {"name": "Ada", "email": "a@mail.example", "state": "NY"},
    "script": {"zip": "10001", "hang_up_after_s": None, "talk_s": 4.0},
}


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"behaviour": "busy"}, Refuser(486, "Busy Here")),
        ({"behaviour": "declines"}, Refuser(603, "Decline")),
        ({"behaviour": "no_answer"}, Buyer(ring_s=RINGS_ON_S)),
        ({"behaviour": "answers", "hang_up_after_s": None}, Buyer(0.4, TALK_S)),
        ({"behaviour": "answers", "hang_up_after_s": 2.7}, Buyer(0.4, 2.7)),
    ],
)
def test_a_phone_behaves_as_it_is_told(told, kind):
    assert kind_of({"answer_after_s": 0.4, **told}) == kind


def test_who_is_answered_at_once_leaves_the_end_of_the_talk_to_the_buyer():
    by_proxy = caller_of(ORDER, "c", by_media=False)
    by_media = caller_of(ORDER, "c", by_media=True)
    assert (by_proxy.talk_s, by_media.talk_s) == (4.0, 60.0)
    assert by_media.headers == {"X-Lead-Name": "Ada", "X-Lead-Email": "a@mail.example"}
    leaves = ORDER | {"script": ORDER["script"] | {"hang_up_after_s": 2.0}}
    assert caller_of(leaves, "c", by_media=True).talk_s == 2.0
    assert caller_of(leaves, "c", by_media=False).patience_s == 2.0


def test_every_phone_and_caller_of_a_demo_can_be_played():
    for told in phones(1, 50):
        kind_of(told)
    for order in callers(1, 50, ["+15558000000"]):
        caller = caller_of(order, "c", by_media=True)
        places = {"number": caller.number, "dialled": caller.dialled, "talk_ms": 1}
        played = filled("caller", **places, patience_ms=1, media=caller.media_port, headers="")
        assert not re.search(r"@\w+@", played), "a place was left empty"


def test_kamailios_records_are_read_out_of_its_log(tmp_path):
    log = tmp_path / "kamailio.log"
    log.write_text(f'noise\n 3(7) NOTICE: <script>: {RECORD}{{"call":"c","leg":1}}\nnoise\n')
    assert KamailioEdge("", "", log).records() == [{"call": "c", "leg": 1}]


def test_a_phone_that_was_treated_badly_is_in_the_verdict():
    seen = Witnesses([], [], [], [], [], {}, True, failed_phones=["person-1: no answer"])
    assert "a SIP phone was treated badly: person-1: no answer" in verdict(FOUND, seen)
