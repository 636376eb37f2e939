"""A wrong file, or a target that does not fit, is refused with its place and what is right."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from auctiond.cli import main
from buyers.bind import bind
from buyers.errors import BindError, BuyerFileError
from buyers.library import load_format
from market.bids import BuyerId, TargetId
from market.network import Target
from tests.buyers.kit import SMALL, bound, small, target, write

YES = {"then": "accept", "path": "ok", "is": True}
CASE = {"name": "x", "no_bid": "reject"}
NO = YES | {"then": "reject"}


@pytest.mark.parametrize(
    ("place", "changes", "says"),
    [
        ("titel", {"titel": "x"}, "did you mean 'title'"),
        ("ping.request.method", {"ping__request__method": "DELETE"}, "one of: GET, POST, PUT"),
        (
            "ping.request.encoding",
            {"ping__request__method": "GET", "ping__request__encoding": "json"},
            'encoding = "query"',
        ),
        ("ping.request.encoding", {"ping__request__encoding": "yaml"}, "one of: json, form, query"),
        ("ping.request.url", {"ping__request__url": "ftp://x/"}, "begin with {url}"),
        ("ping.request.url", {"ping__request__url": "https://{zip}.x/"}, "begin with {url}"),
        ("ping.request.url", {"ping__request__url": "{zip}"}, "begin with {url}"),
        ("ping.request.url", {"ping__request__url": "https://x{zip}"}, "begin with {url}"),
        ("ping.request.fields.x", {"ping__request__fields__x": "{zpi}"}, "did you mean {zip}"),
        ("ping.request.fields.x", {"ping__request__fields__x": "{zip"}, "a single {"),
        ("ping.request.fields.x", {"ping__request__fields__x": "{zip|shout}"}, "filters are: text"),
        ("ping.request.fields.x", {"ping__request__fields__x": "{zip|map:no}"}, "no map 'no'"),
        ("ping.request.fields.x", {"ping__request__fields__x": "{zip|cents}"}, "no filter 'cents'"),
        ("ping.request.fields.x", {"ping__request__fields__x": "a {ivr.*}"}, "many values"),
        ("ping.request.fields.x", {"ping__request__fields__x": "{settings.a}"}, "not declared"),
        ("ping.request.fields.x", {"ping__request__fields__x": "{secret.a}"}, "not declared"),
        ("ping.request.fields.x", {"ping__request__fields__x": "{ref.0}"}, "not a word"),
        ("ping.request.fields.x", {"ping__request__fields__x": [[1]]}, "a text, a number"),
        ("ping.request.fields", {"ping__request__fields": {"a": 1, "a.b": 2}}, "also another"),
        ("ping.request.fields", {"ping__request__fields": {"a[1]": 1}}, "from [0] on"),
        ("ping.request.headers.Host", {"ping__request__headers": {"Host": "x"}}, "are ours"),
        ("ping.response.rules", {"ping__response__rules": []}, "nothing accepts"),
        ("ping.response.rules", {"ping__response__rules": [YES, NO]}, "write all rejections first"),
        (
            "ping.response.rules[0].status",
            {"ping__response__rules": [{"then": "accept", "status": [200]}]},
            "gateways answer 200",
        ),
        (
            "ping.response.rules[0].present",
            {"ping__response__rules": [{"then": "accept", "path": "ok", "present": True}]},
            "use is, like or above",
        ),
        ("ping.response.rules[0].path", {"ping__response__rules": {"then": "accept"}}, "nothing"),
        ("ping.response.price", {"ping__response__price": "a.[b"}, "write a.b"),
        ("ping.response.price_unit", {"ping__response__price_unit": "euro"}, "dollars, cents"),
        ("ping.response.prefer", {"ping__response__prefer": "{zip}"}, "settings.NAME"),
        ("ping.response.expires[0].path", {"ping__response__expires": {"as": "iso"}}, "missing"),
        ("ping.response.codes.x", {"ping__response__codes": {"x": "No Way"}}, "small letters"),
        ("confirm", {"confirm__request": {}}, "[confirm.request] and [confirm.response]"),
        ("case[0].bid", {"case": [{"name": "x"}]}, "one of: bid, no_bid, no_ping"),
        ("case[0].ask.phone", {"case": [{"name": "x", "ask": {"phone": "1"}}]}, "no such key"),
        ("ping.request.fields.x", {"ping__request__fields__x": float("nan")}, "at most 15 digits"),
        ("ping.request.fields.x", {"ping__request__fields__x": 10**30}, "at most 15 digits"),
        ("case[0].target.settings", {"case": [CASE | {"target": {"settings": 1}}]}, "like { "),
        ("case[0].sends.headers", {"case": [CASE | {"sends": {"headers": 1}}]}, "like { "),
        ("case[0].now", {"case": [{"name": "x", "no_bid": "x", "now": "noon"}]}, "ISO time"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_place(place, changes, says):
    with pytest.raises(BuyerFileError) as caught:
        small(**changes)
    assert caught.value.place == place
    assert says in str(caught.value)


def test_a_reference_that_is_not_read_cannot_be_sent():
    with pytest.raises(BuyerFileError, match=r"\{ref\.1\} is not read"):
        small(
            '[post.response]\nrules = [{ then = "accept", status = [200] }]\n'
            '[post.request.fields]\nid = "{ref.1}"',
            ping__response__ref=["id"],
        )


def test_a_file_that_is_no_toml_and_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BuyerFileError, match="TOML"):
        load_format(write(tmp_path, "title = "))
    with pytest.raises(BuyerFileError, match="No such file"):
        load_format(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("place", "ping", "says"),
    [
        ("ping.settings.id", {}, "The campaign's id"),
        ("ping.settings.idd", {"settings": {"id": "1", "idd": "2"}}, "small has: id, mode"),
        ("ping.settings.mode", {"settings": {"id": "1", "mode": "x"}}, "one of: a, b"),
        ("ping.secrets.key", {"settings": {"id": "1"}}, "The API key"),
        ("ping.secrets.key", {"settings": {"id": "1"}, "secrets": {"key": "gone"}}, "vault"),
        ("ping.url", {"url": "", "settings": {"id": "1"}, "secrets": {"key": "k"}}, "https://"),
        ("ping", {"url": "file:///etc", "settings": {"id": "1"}, "secrets": {"key": "k"}}, "http"),
        (
            "ping",
            {"url": "https://a:b@x/", "settings": {"id": "1"}, "secrets": {"key": "k"}},
            "login",
        ),
    ],
)
def test_a_target_that_does_not_fit_is_refused_with_its_place(place, ping, says):
    form = small(
        '[settings]\nid.about = "The campaign\'s id"\nmode.about = "m"\nmode.default = "a"\n'
        'mode.one_of = ["a", "b"]\n[secrets]\nkey = "The API key"'
    )
    with pytest.raises(BindError) as caught:
        bind(form, target(form, ping=ping), {"k": "s3cret"}.__getitem__)
    assert caught.value.place == place
    assert says in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_price_from_nowhere_and_a_static_target_are_refused():
    with pytest.raises(BindError, match="without a price"):
        bound(small(ping__response__price=[]))
    with pytest.raises(BindError, match="another format"):
        bind(small(), Target(TargetId("t"), BuyerId("b")), str)
    with pytest.raises(BindError, match="destination"):
        bound(small(), destination="ask for Bob")


def test_the_command_shows_what_goes_and_comes_and_fails_with_a_case(tmp_path):
    run = CliRunner().invoke(main, ["buyer", "test", "retreaver"])
    assert run.exit_code == 0, run.output
    assert "PUT https://rtb.retreaver.com/rtbs/c6e4.json" in run.output
    assert "secret-key" in run.output
    wrong = '[[case]]\nname = "x"\nbody = \'{"error": "\\u001b[2J"}\'\nno_bid = "unparseable"\n'
    example = '[example.target]\nurl = "https://buyer.example/"\n'
    path = write(tmp_path, SMALL + example + wrong)
    run = CliRunner().invoke(main, ["buyer", "test", str(path)])
    assert run.exit_code == 1
    assert "no_bid: wanted 'unparseable', read 'reject'" in run.output
    assert "1 of 1 cases of odd fail" in run.output


def test_the_command_explains_what_it_cannot_do(tmp_path):
    run = CliRunner().invoke(main, ["buyer", "test", "nobody"])
    assert "there are: adopt_a_contractor" in run.output
    run = CliRunner().invoke(main, ["buyer", "test", str(write(tmp_path, SMALL))])
    assert "has no [[case]]" in run.output
    run = CliRunner().invoke(main, ["buyer", "list"])
    assert "plain_json" in run.output
    assert "ping confirm" in run.output


def test_a_lead_that_lacks_what_the_post_needs_fails_the_case(tmp_path):
    post = """
[post.request.fields]
phone = "{phone|required}"
[post.response]
rules = [{ then = "accept", status = [200] }]
[example.target]
url = "https://buyer.example/"
destination = "+15555550199"
[[case]]
name = "x"
body = '{"ok": true, "price": 3}'
bid = { price = "3.00", destination = "+15555550199", billable_s = 90.0 }
post = { ok = true }
"""
    run = CliRunner().invoke(main, ["buyer", "test", str(write(tmp_path, SMALL + post))])
    assert run.exit_code == 1
    assert "post: lacks: wanted None, read 'phone'" in run.output
