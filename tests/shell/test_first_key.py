"""The first key is made once, kept private, and replaced only when no admin key is valid."""

import stat
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from auctiond.keys.api_key import matches, parse_key
from auctiond.keys.first_key import ensure_first_key


@dataclass
class FakeKeys:
    rows: list[SimpleNamespace] = field(default_factory=list)

    async def list(self):
        return self.rows

    async def add(self, id_, name, hash_, scopes):
        self.rows.append(SimpleNamespace(id=id_, hash=hash_, scopes=scopes, revoked_at=None))


async def test_the_first_start_leaves_an_admin_key_for_its_owner_alone(tmp_path):
    keys, path = FakeKeys(), tmp_path / "admin.key"
    await ensure_first_key(keys, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (row,) = keys.rows
    assert matches(parse_key(path.read_text().strip()), row.hash)
    assert row.scopes == ["admin"]


async def test_a_second_start_changes_nothing(tmp_path):
    keys, path = FakeKeys(), tmp_path / "admin.key"
    await ensure_first_key(keys, path)
    before = path.read_text()
    await ensure_first_key(keys, path)
    assert (path.read_text(), len(keys.rows)) == (before, 1)


async def test_without_a_valid_admin_key_there_is_a_new_one(tmp_path):
    keys, path = FakeKeys(), tmp_path / "admin.key"
    await keys.add("reader", "x", b"", ["read"])
    await keys.add("former", "x", b"", ["admin"])
    keys.rows[-1].revoked_at = "yesterday"
    await ensure_first_key(keys, path)
    assert matches(parse_key(path.read_text().strip()), keys.rows[-1].hash)


async def test_no_key_is_valid_that_nobody_could_write_down(tmp_path):
    keys = FakeKeys()
    with pytest.raises(FileNotFoundError):
        await ensure_first_key(keys, tmp_path / "nowhere" / "admin.key")
    assert keys.rows == []
