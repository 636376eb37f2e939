"""Confirm, cancel and post of a file: what is refused at load, and what a target must say."""

from __future__ import annotations

import pytest

from buyers.bind import bind
from buyers.codec import make_cancel, make_confirm, make_post, read_confirm
from buyers.errors import BindError, BuyerFileError, Unmapped
from buyers.library import load_library
from market.http import HttpReply
from market.money import micros
from market.network import PingTarget
from tests.buyers.kit import answer, bound, read, small, target

POST = """
[post.request.fields]
phone = "{phone}"
[post.response]
rules = [{ then = "accept", path = "ok", is = true }]
"""
CONFIRM = """
[confirm.request.fields]
price = "{price|cents}"
[confirm.response]
rules = [
    { then = "reject", path = "why", present = true },
    { then = "accept", path = "ok", is = true },
]
reason = "why"
price = "paid"
price_unit = "cents"
[confirm.response.codes]
"full" = "capacity"
[cancel.request.fields]
zip = "{zip}"
"""
DIRECT = 'title = "Direct"\n' + POST
LIBRARY = load_library()


def test_a_post_that_may_be_repeated_sends_a_key():
    with pytest.raises(BuyerFileError, match="a field, a header or the url"):
        small(POST, post__request__idempotent=True)


@pytest.mark.parametrize(
    "place",
    [
        {"post__request__fields__key": "{post_id}"},
        {"post__request__headers": {"Idempotency-Key": "{post_id}"}},
        {"post__request__url": "{url}/{post_id}"},
        {"post__request__query": {"k": "{post_id}"}},
        {
            "post__request__fields__doc": "{inner.doc}",
            "post__request__inner": {"doc": {"encoding": "json", "fields": {"k": "{post_id}"}}},
        },
    ],
)
def test_the_key_may_stand_anywhere(place):
    form = small(POST, post__request__idempotent=True, **place)
    assert bound(form).idempotent
    assert not bound(small(POST)).idempotent


@pytest.mark.parametrize("stage", ["ping", "confirm", "cancel"])
def test_the_key_of_a_post_is_in_posts_alone(stage):
    with pytest.raises(BuyerFileError, match="post_id"):
        small(CONFIRM, **{f"{stage}__request__fields__x": "{post_id}"})


def test_a_cancel_names_nobody():
    with pytest.raises(BuyerFileError, match="personal"):
        small(CONFIRM, cancel__request__fields__x="{phone}")


@pytest.mark.parametrize(
    ("body", "ok", "reason", "price"),
    [
        ('{"ok": true}', True, "", None),
        ('{"ok": true, "paid": 1250}', True, "", micros("12.5")),
        ('{"ok": true, "paid": "a lot"}', True, "", 0),
        ('{"why": "full"}', False, "confirm_capacity", None),
        ('{"why": "no"}', False, "confirm_refused", None),
        ("nonsense", False, "confirm_unknown", None),
    ],
)
def test_what_is_read_of_a_confirm(body, ok, reason, price):
    said = read_confirm(bound(small(CONFIRM)), HttpReply(200, (), body.encode()))
    assert (said.ok, said.reason, said.price) == (ok, reason, price)
    assert said.in_doubt == (ok or reason == "confirm_unknown")


def test_what_cannot_be_made_is_none():
    buyer = bound(small())
    bid = answer(buyer, '{"ok": true, "price": 5, "number": "+15555550177"}')
    assert make_confirm(buyer, bid, None) is None
    assert make_cancel(buyer, bid, None) is None
    assert make_post(buyer, bid, {}) is None


def direct(**changes):
    return read(DIRECT, changes)


def test_a_file_without_a_ping_has_a_post():
    with pytest.raises(BuyerFileError, match="neither a ping nor a post"):
        read('title = "Nothing"')
    with pytest.raises(BuyerFileError, match="ref has 0"):
        direct(post__request__fields__x="{ref.0}")
    with pytest.raises(BuyerFileError, match="nothing happens"):
        direct(case=[{"name": "x"}])
    with pytest.raises(BuyerFileError, match="what comes out"):
        direct(case=[{"name": "x", "no_bid": "reject", "post": {}}])


def of(form, place, other=None):
    """Return a target that names a format in `place`, and maybe another in the other one."""
    reached = PingTarget(form.name, "https://buyer.example/x")
    plain = target(form, ping={"format": form.name}, price=micros(5))
    more = {"ping": None, "post": None} | {place: reached}
    return type(plain)(plain.id, plain.buyer, price=plain.price, destination="+15555550199", **more)


def test_a_target_says_whether_it_is_pinged_or_posted_to():
    form, pinged = direct(), small()
    assert not bind(form, of(form, "post"), str).pinged
    assert bind(pinged, of(pinged, "ping"), str).pinged
    with pytest.raises(BindError, match=r"\[target.post\] instead"):
        bind(form, of(form, "ping"), str)
    with pytest.raises(BindError, match=r"\[target.ping\] instead"):
        bind(pinged, of(pinged, "post"), str)


def test_who_is_not_pinged_has_a_price_and_is_never_asked():
    form = direct()
    with pytest.raises(BindError, match="price"):
        bind(
            form,
            type(of(form, "post"))(id="t", buyer="b", post=of(form, "post").post),
            str,
        )
    with pytest.raises(Unmapped):
        bind(form, of(form, "post"), str).make_ping({})


def test_settings_of_a_post_are_named_as_such():
    form = direct(settings={"id": {"about": "what they call us"}})
    with pytest.raises(BindError, match=r"post\.settings\.id"):
        bind(form, of(form, "post"), str)


@pytest.mark.parametrize("name", [name for name, form in LIBRARY.items() if form.ping is None])
def test_a_file_of_posts_alone_brings_a_yes_a_no_and_nonsense(name):
    read_of = [dict(case.post.reads) for case in LIBRARY[name].cases]
    assert any(one.get("ok") for one in read_of)
    assert any(str(one.get("reason", "")).startswith("reject") for one in read_of)
    assert any(one.get("reason") == "unparseable" for one in read_of)
