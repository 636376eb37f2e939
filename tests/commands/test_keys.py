"""`auctiond keys`: a key is shown once, works at once, and stops at once."""

import pytest

from auctiond.keys.api_key import parse_key


def made(live, name, *words):
    result = live.run("keys", "create", name, *words)
    assert result.exit_code == 0, result.output
    assert "not shown again" in result.stderr
    return result.stdout.strip()


def listed(live):
    lines = live.run("keys", "list", COLUMNS="120").output.splitlines()
    return {line.split()[0]: line for line in lines[1:]}


def test_a_key_is_printed_once_and_not_in_the_list(live):
    key = parse_key(made(live, "Reports", "--scope", "money", "--scope", "read"))
    assert "read,money  Reports" in " ".join(listed(live)[key.id].split(" ", 1)).replace(
        "           ", ""
    )
    assert key.secret not in live.run("keys", "list").output


def test_a_key_may_what_its_scopes_say_and_no_more(live):
    key = made(live, "Reader")
    assert live.run("call", "list", "--key", key).exit_code == 0
    refused = live.run("keys", "list", AUCTIOND_KEY=key)
    assert refused.exit_code == 1
    assert "needs a key with the scope 'admin'" in refused.output


def test_a_revoked_key_is_refused_and_stays_in_the_list(live):
    key = made(live, "Gone")
    id_ = parse_key(key).id
    assert live.run("keys", "revoke", id_).output == f"Key {id_} is revoked.\n"
    assert "unknown key" in live.run("call", "list", AUCTIOND_KEY=key).output
    assert id_ in listed(live)
    again = live.run("keys", "revoke", id_)
    assert again.exit_code == 1
    assert "no live key" in again.output


def test_the_last_admin_key_cannot_be_revoked(live):
    (admin,) = [id_ for id_, line in listed(live).items() if " admin " in line]
    result = live.run("keys", "revoke", admin)
    assert result.exit_code == 1
    assert "Make another admin key first" in result.output


def test_a_key_for_testing_says_so(live):
    assert made(live, "CI", "--test").startswith("auctiond_test_")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", " "), "name: expected whose key it is"),
        (("create", "x" * 81), "name: expected whose key it is"),
        (("create", "a\x1b[1m"), "name: expected characters that can be printed"),
        (("create", "a", "--scope", "root"), "'root' is not one of"),
        (("revoke", "abcdefgh"), "There is no live key 'abcdefgh'"),
        (("revoke", "../wallets"), "is no id of a key"),
    ],
)
def test_a_mistake_is_said_in_words(live, words, said):
    result = live.run("keys", *words)
    assert result.exit_code != 0
    assert said in result.output
