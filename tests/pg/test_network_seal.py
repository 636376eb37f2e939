"""Networks that were stored in plain are sealed at the first start; plain is refused."""

from __future__ import annotations

import pytest

from auctiond.pg.door import open_pg
from auctiond.pg.errors import PgError
from auctiond.pg.migrate import migrate, read_migrations
from auctiond.pg.networks import Networks
from compliance.sealing import SealBroken
from tests.pg.stores import VAULT

PLAIN = 'blocked_callers = ["+12125550123"]'
BEFORE = next(one.no for one in read_migrations() if one.name == "network_sealed") - 1
STORE = "INSERT INTO network_version (no, applied_by, digest, toml) VALUES ($1, $2, $3, $4)"


@pytest.fixture
async def upgraded(pg_empty_url):
    """The app's door to a database that an earlier release stored two networks in."""
    await migrate(pg_empty_url, read_migrations()[:BEFORE])
    async with open_pg(pg_empty_url) as pg:
        await pg.execute(STORE, 1, "ann", bytes(32), PLAIN)
        await pg.execute(STORE, 2, "bob", bytes(32), "a = 2")
    await migrate(pg_empty_url)
    async with open_pg(pg_empty_url, role="auctiond_app") as pg:
        yield pg


async def test_versions_in_plain_are_sealed_once_and_the_plain_is_gone(upgraded):
    networks = Networks(upgraded, VAULT)
    assert await networks.seal_plain() == 2
    assert await networks.seal_plain() == 0
    first = await networks.get(1)
    assert (first.toml, first.applied_by) == (PLAIN, "ann")
    assert (await networks.latest()).toml == "a = 2"
    assert await upgraded.fetch_value("SELECT to_regclass('network_plain')") is None
    rows = await upgraded.fetch("SELECT network_version::text AS row FROM network_version")
    assert all("2125550123" not in row["row"] for row in rows)


async def test_sealing_some_and_leaving_others_is_refused(upgraded):
    with pytest.raises(PgError, match="null"):
        await upgraded.execute(
            "SELECT seal_networks($1, $2)", [1], [VAULT.seal_network("1", PLAIN)]
        )
    assert await upgraded.fetch_value("SELECT count(*) FROM network_plain") == 2


async def test_a_text_in_plain_is_refused_by_the_database(pg):
    add = "INSERT INTO network_version (no, applied_by, sealed) VALUES (1, 'ann', $1)"
    with pytest.raises(PgError) as caught:
        await pg.execute(add, PLAIN.encode() * 3)
    assert "check" in str(caught.value)


async def test_a_text_opens_in_its_own_place_alone(pg):
    sealed = VAULT.seal_network("1", PLAIN)
    assert VAULT.open_network("1", sealed) == PLAIN
    with pytest.raises(SealBroken):
        VAULT.open_network("2", sealed)
