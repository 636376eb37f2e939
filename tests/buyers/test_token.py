"""A buyer's token: how it is asked for and read, and that nothing is sent without it."""

from __future__ import annotations

import pytest

from buyers.cases import run_cases
from buyers.codec import make_confirm, make_ping, make_post
from buyers.errors import BuyerFileError, NoToken
from buyers.token import read_token
from market.bids import Bid
from market.http import HttpReply
from market.money import Micros
from tests.buyers.kit import NOW_MS, bound, small
from tests.buyers.test_writing import ASK

OAUTH = """
[secrets]
id = "The client id"
key = "The client secret"
[ping.request.headers]
Authorization = "Bearer {token}"
[token.request]
url = "https://login.buyer.example/oauth/token"
[token.request.fields]
grant_type = "client_credentials"
client_id = "{secret.id}"
client_secret = "{secret.key}"
scope = "bids leads"
"""
KEYS = {"ping": {"secrets": {"id": "id", "key": "key"}}}


def oauth(more="", **changes):
    return small(OAUTH + more, **changes)


def reply(body, status=200):
    return HttpReply(status, (), body)


def test_a_token_is_asked_for_by_form_with_the_login_that_the_target_refers_to():
    request = bound(oauth(), **KEYS).token.request
    assert (request.method, request.url) == ("POST", "https://login.buyer.example/oauth/token")
    assert dict(request.headers)["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.body == (
        b"grant_type=client_credentials&client_id=s3cret-id&client_secret=s3cret-key"
        b"&scope=bids+leads"
    )


def test_a_ping_carries_the_token_and_is_not_made_without():
    buyer = bound(oauth(), **KEYS)
    assert dict(make_ping(buyer, ASK, "t0k").headers)["Authorization"] == "Bearer t0k"
    with pytest.raises(NoToken) as refused:
        make_ping(buyer, ASK)
    assert refused.value.reason == "no_token"


def test_confirm_and_post_carry_it_too():
    later = """
[confirm.request]
url = "{url}/confirm"
query.access = "{token}"
[confirm.response]
rules = [{ then = "accept", path = "ok", is = true }]
[post.request]
url = "{url}/post"
fields = { token = "{token}", phone = "{phone}" }
[post.response]
rules = [{ then = "accept", path = "ok", is = true }]
"""
    form = oauth(later)
    buyer = bound(form, **KEYS)
    bid = Bid(buyer.target.id, buyer.target.buyer, Micros(1), "+18005550100", 90.0)
    assert make_confirm(buyer, bid, ASK, "t0k").url.endswith("/confirm?access=t0k")
    assert b'"token":"t0k"' in make_post(buyer, bid, {"phone": "+14155550100"}, 0, "t0k").body
    with pytest.raises(NoToken):
        make_confirm(buyer, bid, ASK)
    with pytest.raises(NoToken):
        make_post(buyer, bid, {"phone": "+14155550100"})


@pytest.mark.parametrize(
    ("body", "status", "lasts_s"),
    [
        (b'{"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}', 200, 3600),
        (b'{"access_token": "t", "expires_in": "60"}', 201, 60),
        (b'{"access_token": "t"}', 200, 300),
        (b'{"access_token": "t", "expires_in": "soon"}', 200, None),
        (b'{"access_token": ""}', 200, None),
        (b'{"access_token": "a b"}', 200, None),
        (b'{"access_token": "a\\r\\nX-Evil: 1"}', 200, None),
        (b'{"access_token": 7}', 200, None),
        (b'{"access_token": "t"}', 401, None),
        (b'{"error": "invalid_client"}', 200, None),
        (b"<html>", 200, None),
        (b"", 200, None),
    ],
)
def test_only_a_whole_answer_is_a_token(body, status, lasts_s):
    token = read_token(bound(oauth(), **KEYS).token, reply(body, status), NOW_MS)
    assert (token and token.until_ms - NOW_MS) == (lasts_s and lasts_s * 1000)
    assert token is None or token.text == "t"


def test_where_it_stands_can_be_said_and_how_long_it_lasts():
    said = '[token.response]\ntoken = "data.jwt"\nexpires = { path = "data.exp", as = "epoch_s" }\n'
    form = oauth(said + "lasts_s = 60\n")
    until_s = NOW_MS // 1000 + 900
    body = b'{"data": {"jwt": "t", "exp": %d}}' % until_s
    assert read_token(bound(form, **KEYS).token, reply(body), NOW_MS).until_ms == until_s * 1000


def test_targets_with_one_login_share_a_token_and_others_do_not():
    form = oauth()
    one, same = (bound(form, **KEYS, destination=d) for d in ("+18005550100", "+18005550101"))
    other = bound(form, ping={"secrets": {"id": "id2", "key": "key"}})
    assert one.token.key == same.token.key != other.token.key


def test_no_secret_is_in_a_repr():
    buyer = bound(oauth(), **KEYS)
    token = read_token(buyer.token, reply(b'{"access_token": "t0k"}'), NOW_MS)
    assert not any("s3cret" in repr(one) or "t0k" in repr(one) for one in (buyer, token))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", "{token} is not fetched; [token.request], which says how it is"),
        ('[token.request]\nfields.a = "{zip}"\n', "{zip} is not a word of this language"),
        ('[token.request]\nfields.a = "{phone}"\n', "{phone} is personal"),
        ('[token.request]\nfields.a = "{token}"\n', "{token} is not fetched"),
        ("[token.response]\nlasts_s = 5\n", "30 to 2592000 seconds"),
        ('[token.response]\nanswer = "xml"\n', "where the token stands in the answer"),
        ("[token.response]\ntokn = 'x'\n", "did you mean 'token'"),
    ],
)
def test_a_file_that_cannot_work_is_refused_in_words(more, told):
    with pytest.raises(BuyerFileError) as refused:
        small('[ping.request.headers]\nAuthorization = "Bearer {token}"\n' + more)
    assert told in str(refused.value)


def test_a_case_shows_how_the_token_is_read():
    case = """
[[case]]
name = "a bid, with a token"
body = '{"ok": true, "price": 12.5, "number": "8005550100"}'
bid = { price = "12.50", destination = "+18005550100", billable_s = 90.0 }
sends.headers.Authorization = "Bearer token"
[case.token]
body = '{"access_token": "abc", "expires_in": 600}'
token = "abc"
lasts_s = 600.0
[case.token.sends.form]
grant_type = "client_credentials"
client_id = "secret-id"
client_secret = "secret-key"
scope = "bids leads"
[case.target]
url = "https://buyer.example/ping"
"""
    runs = list(run_cases(oauth(case)))
    assert [run.problems for run in runs] == [()]
    assert [step.stage for step in runs[0].steps] == ["token", "ping"]


def test_a_target_whose_login_cannot_be_sent_is_refused():
    form = oauth(token__request__url="{settings.login}/token", settings={"login": {"about": "x"}})
    with pytest.raises(ValueError, match="token"):
        bound(form, ping={"secrets": {"id": "id", "key": "key"}, "settings": {"login": "ftp:x"}})
