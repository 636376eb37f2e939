"""Webhooks are genuine only within a window on both sides, and read or refused in words."""

import hmac
from dataclasses import replace
from hashlib import sha256

import orjson
import pytest

from auctiond.billing.hearing import HEARD, WINDOW_S, Hearing, NotGenuine, NotRead, read_event
from auctiond.keys.secret import Secret
from auctiond.metrics import Metrics

NOW_S = 1_796_000_000
OLD, NEW = Secret("whsec_old"), Secret("whsec_new")
EVENT = {"id": "evt_1", "type": "refund.created", "data": {"object": {"id": "re_1"}}}
BODY = orjson.dumps(EVENT)


class Kept:
    """Keeps what is put, as the database does."""

    def __init__(self):
        self.ids = set()

    async def put_news(self, news, at_ms):
        new = news.event_id not in self.ids
        self.ids.add(news.event_id)
        return new


def header(secret=NEW, at=NOW_S, body=BODY, scheme="v1"):
    mac = hmac.new(secret.reveal().encode(), b"%d.%b" % (at, body), sha256).hexdigest()
    return {"stripe-signature": f"t={at},{scheme}={mac}"}


@pytest.fixture
def hearing():
    nothing = (None,) * 5
    link, intents, outcomes, disputes, _ = nothing
    return Hearing(
        link,
        intents,
        Kept(),
        outcomes,
        disputes,
        (NEW, OLD),
        Metrics(),
        lambda: NOW_S * 1000,
        lambda: None,
    )


@pytest.mark.parametrize("secret", [NEW, OLD])
async def test_both_secrets_are_good_while_one_takes_over(hearing, secret):
    assert await hearing.receive(BODY, header(secret)) == "new"
    assert await hearing.receive(BODY, header(secret)) == "duplicate"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"stripe-signature": ""},
        {"stripe-signature": "nonsense"},
        {"stripe-signature": f"t={NOW_S}"},
        {"stripe-signature": f"t={NOW_S},v1=\xe9\xff"},  # As any byte is read of a header.
        header(Secret("whsec_other")),
        header(at=NOW_S - WINDOW_S - 1),
        header(at=NOW_S + WINDOW_S + 1),  # Stripe's own library takes this one.
        header(at=NOW_S + 3600),
        header(scheme="v0"),
        header(body=b"{}"),
        {"stripe-signature": header()["stripe-signature"] + f",t={NOW_S - 9999}"},
    ],
)
async def test_what_is_forged_or_of_another_time_is_refused(hearing, headers):
    with pytest.raises(NotGenuine):
        await hearing.receive(BODY, headers)


async def test_the_edges_of_the_window_are_in_it(hearing):
    for at in (NOW_S - WINDOW_S, NOW_S + WINDOW_S):
        assert await hearing.receive(BODY, header(at=at)) in ("new", "duplicate")


async def test_an_empty_secret_signs_nothing(hearing):
    bare = replace(hearing, secrets=(Secret(""), Secret("")))
    with pytest.raises(NotGenuine):
        await bare.receive(BODY, header(Secret("")))


async def test_news_of_no_interest_are_not_kept(hearing):
    body = orjson.dumps(EVENT | {"type": "customer.created"})
    assert await hearing.receive(body, header(body=body)) == "ignored"
    assert hearing.payers.ids == set()
    assert "customer.created" not in HEARD


NO_EVENTS = [
    b"",
    b"[]",
    b"{}",
    b'"x"',
    b"\xff\xfe",
    b'{"id":1,"type":"x","data":{"object":{}}}',
    b'{"id":"e","type":"x","data":{"object":5}}',
    b'{"id":"e","type":"x","data":null}',
    orjson.dumps(EVENT | {"id": "e" * 300}),
]


@pytest.mark.parametrize("body", NO_EVENTS)
def test_what_is_no_event_is_said_to_be_none(body):
    with pytest.raises(NotRead):
        read_event(body)
