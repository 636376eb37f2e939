"""A key is long, checks itself, and is stored as a hash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctiond.keys.api_key import (
    RANDOM_BYTES,
    SCOPES,
    SECRET_BYTES,
    allows,
    make_key,
    matches,
    parse_key,
    read_scopes,
)

RANDOM = bytes(range(RANDOM_BYTES))
KEY = make_key(RANDOM)


def test_a_key_says_whose_it_is_and_holds_at_least_160_bits():
    assert KEY.text.startswith("auctiond_live_")
    assert KEY.text.count("_") == 4
    assert make_key(RANDOM, "test").text.startswith("auctiond_test_")
    assert SECRET_BYTES * 8 >= 160


@given(st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES), st.binary(max_size=4))
def test_a_key_is_read_back_and_matches_its_hash_alone(random, pepper):
    key = make_key(random, "live", pepper)
    parsed = parse_key(key.text)
    assert parsed is not None
    assert parsed.id == key.id
    assert matches(parsed, key.hash, pepper)
    assert not matches(
        parsed, make_key(bytes(RANDOM_BYTES - 1) + b"x", "live", pepper).hash, pepper
    )
    assert not matches(parsed, key.hash, pepper + b"more")


@given(st.integers(0, len(KEY.text) - 1), st.sampled_from("abc234_0XZ é\n"))
def test_no_typing_error_reaches_the_database(at, letter):
    mistyped = KEY.text[:at] + letter + KEY.text[at + 1 :]
    if mistyped != KEY.text:
        assert parse_key(mistyped) is None


@pytest.mark.parametrize(
    "text",
    ["", "auctiond", KEY.text + "\n", KEY.text[:-1], KEY.text.upper(), "x" * 10**6, KEY.text * 2],
)
def test_junk_is_refused(text):
    assert parse_key(text) is None


def test_nothing_prints_the_secret():
    parsed = parse_key(KEY.text)
    assert parsed is not None
    assert parsed.secret not in f"{KEY!r} {parsed!r}"


@pytest.mark.parametrize(("random", "env"), [(b"short", "live"), (RANDOM, "prod")])
def test_a_key_of_too_little_chance_or_of_no_environment_is_not_made(random, env):
    with pytest.raises(ValueError, match="a key takes"):
        make_key(random, env)


def test_a_scope_allows_itself_and_admin_allows_all():
    for scope in SCOPES:
        assert allows({scope}, scope)
        assert allows({"admin"}, scope)
        assert not allows(set(), scope)
        assert scope == "admin" or not allows(SCOPES.keys() - {scope, "admin"}, scope)


def test_a_right_that_does_not_exist_is_nobodys():
    assert not allows({"admin", "root"}, "root")


def test_scopes_are_read_whole_or_refused_by_name():
    assert read_scopes(["read", "money"]) == {"read", "money"}
    with pytest.raises(ValueError, match="no such scope: all, root; there are read, network"):
        read_scopes(["root", "read", "all"])
    with pytest.raises(ValueError, match="needs a scope"):
        read_scopes([])
