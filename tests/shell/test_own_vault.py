"""A server starts with the key file of its database, and with no other."""

import pytest

from auctiond.keys.key_file import KeyFileError
from auctiond.keys.own_vault import open_own_vault
from auctiond.keys.vault import open_vault
from auctiond.pg.door import open_pg
from auctiond.pg.errors import PgError


@pytest.fixture
async def pg(pg_url):
    async with open_pg(pg_url) as door:
        yield door


async def test_the_key_file_of_the_first_start_is_the_databases_for_good(pg, tmp_path):
    first = await open_own_vault(pg, tmp_path / "keys.json")
    again = await open_own_vault(pg, tmp_path / "keys.json")
    assert again.fingerprint == first.fingerprint


async def test_a_key_file_that_is_gone_is_asked_for_and_not_made_anew(pg, tmp_path):
    await open_own_vault(pg, tmp_path / "keys.json")
    (tmp_path / "keys.json").rename(tmp_path / "copy.json")
    with pytest.raises(KeyFileError, match=r"keys\.json: the key file is gone"):
        await open_own_vault(pg, tmp_path / "keys.json")
    assert not (tmp_path / "keys.json").exists()
    await open_own_vault(pg, tmp_path / "copy.json")


async def test_another_key_file_is_refused_and_both_are_named(pg, tmp_path):
    first = await open_own_vault(pg, tmp_path / "keys.json")
    other = tmp_path / "other.json"
    wrong = open_vault(other)
    with pytest.raises(KeyFileError, match="the key file of another database") as caught:
        await open_own_vault(pg, other)
    assert first.fingerprint in str(caught.value)
    assert wrong.fingerprint in str(caught.value)


async def test_the_note_cannot_be_changed(pg, tmp_path):
    await open_own_vault(pg, tmp_path / "keys.json")
    with pytest.raises(PgError):
        await pg.execute("DELETE FROM key_file")
    with pytest.raises(PgError):
        await pg.execute("UPDATE key_file SET fingerprint = 'x'")
