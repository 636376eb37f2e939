"""`auctiond keys`: a key is shown once and stored as a hash."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from auctiond.api_key import matches, parse_key
from auctiond.cli import main
from auctiond.commands.keys import command


@dataclass(frozen=True)
class Stored:
    id: str
    name: str
    hash: bytes
    scopes: tuple[str, ...]
    created_at: datetime = datetime(2026, 11, 23, tzinfo=UTC)
    revoked_at: datetime | None = None


class FakeStore:
    def __init__(self):
        self.keys = {}

    async def add(self, id_, name, hash_, scopes):
        self.keys[id_] = Stored(id_, name, hash_, tuple(scopes))

    async def revoke(self, id_):
        if id_ not in self.keys or self.keys[id_].revoked_at:
            return False
        self.keys[id_] = replace(self.keys[id_], revoked_at=datetime(2026, 11, 24, tzinfo=UTC))
        return True

    async def list(self):
        return list(self.keys.values())


@pytest.fixture
def store():
    return FakeStore()


@pytest.fixture
def run(store):
    @asynccontextmanager
    async def open_store(settings):
        yield store

    def run(*words, obj=open_store):
        environ = {"AUCTIOND_CONFIG": None}
        return CliRunner().invoke(command, words, obj=obj, env=environ)

    return run


def test_a_key_is_printed_once_and_only_its_hash_is_kept(run, store):
    result = run("create", "Reports", "--scope", "money", "--scope", "read")
    assert result.exit_code == 0
    text = result.stdout.strip()
    (stored,) = store.keys.values()
    assert matches(parse_key(text), stored.hash)
    assert parse_key(text).secret not in repr(stored)
    assert (stored.name, stored.scopes) == ("Reports", ("read", "money"))
    assert "not shown again" in result.stderr


def test_a_key_for_testing_says_so(run):
    assert run("create", "CI", "--test").stdout.startswith("auctiond_test_")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", " "), "NAME says whose key it is"),
        (("create", "x" * 81), "NAME says whose key it is"),
        (("create", "a", "--scope", "root"), "no such scope: root; there are read"),
        (("revoke", "abcdefgh"), "there is no live key abcdefgh"),
    ],
)
def test_a_mistake_is_said_in_words(run, store, words, said):
    result = run(*words)
    assert result.exit_code == 1
    assert said in result.output
    assert store.keys == {}


def test_keys_are_listed_and_a_revoked_one_stays_in_the_list(run, store):
    assert "There are no keys" in run("list").output
    run("create", "Reports")
    run("create", "Ops team", "--scope", "admin")
    first, second = store.keys
    assert run("revoke", first).exit_code == 0
    assert run("revoke", first).exit_code == 1
    assert run("list").output.splitlines() == [
        "ID        NAME      SCOPES  CREATED     REVOKED",
        f"{first}  Reports   read    2026-11-23  2026-11-24",
        f"{second}  Ops team  admin   2026-11-23",
    ]


def test_wrong_settings_are_named_before_anything_is_done(run):
    result = run("--config", "/nowhere.toml", "list")
    assert result.exit_code == 1
    assert "/nowhere.toml: No such file" in result.output


def test_without_a_database_it_says_so(run):
    result = run("list", obj=None)
    assert result.exit_code == 1
    assert "no database" in result.output


def test_the_command_is_found_by_its_folder():
    assert "keys" in CliRunner().invoke(main, ["--help"]).output
