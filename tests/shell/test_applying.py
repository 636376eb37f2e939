"""A network is applied whole, or refused with all that is wrong; running calls keep theirs."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from auctiond.keys.secret import BuyerSecrets
from auctiond.logs import Log
from auctiond.networks.applying import Applying, NotApplied
from auctiond.networks.network_book import EDITIONS_MAX, NetworkBook, NetworkUnfit
from auctiond.pg.networks import Act, NetworkVersion
from buyers.library import load_library
from tests.shell.small_network import network


@dataclass
class FakeNetworks:
    versions: list[NetworkVersion] = field(default_factory=list)

    async def latest(self):
        return self.versions[-1] if self.versions else None

    async def get(self, no):
        return next((one for one in self.versions if one.no == no), None)

    async def add(self, toml, expected_no, act):
        no = expected_no + 1
        self.versions.append(NetworkVersion(no, datetime.now(UTC), act.by, toml))
        return no


@pytest.fixture
def environ():
    return {"ACME_KEY": "sesame"}


@pytest.fixture
def applying(tmp_path, environ):
    secrets = BuyerSecrets(tmp_path / "secrets", environ=environ)
    return Applying(FakeNetworks(), NetworkBook(), load_library(), secrets, Log("test"))


async def refused(applying, text):
    with pytest.raises(NotApplied) as caught:
        await applying.apply(text, expected=None, act=Act("ann"))
    assert applying.book.current is None
    assert applying.networks.versions == []
    return caught.value.problems


async def test_a_network_that_fits_is_current_and_stored(applying):
    applied = await applying.apply(network(), expected=0, act=Act("ann"))
    assert (applied.version, applying.book.version) == (1, 1)
    assert set(applying.book.current.buyers) == {"west"}


async def test_a_setting_that_a_format_does_not_have_is_refused_in_words(applying):
    (problem,) = await refused(applying, network('publisher_ids = "n-1"'))
    assert "target west: ping.settings.publisher_ids: no such setting" in problem


async def test_all_targets_that_do_not_fit_are_told_at_once(applying):
    second = """
[[target]]
id = "east"
buyer = "acme"
[target.ping]
format = "retreaver"
url = "https://acme.example"
"""
    one, other = await refused(applying, network('publisher_ids = "n-1"', second))
    assert one.startswith("target west: ")
    assert other.startswith("target east: ")


async def test_a_secret_that_is_not_there_names_its_target(applying, environ):
    del environ["ACME_KEY"]
    (problem,) = await refused(applying, network())
    assert "target west" in problem
    assert '"env:ACME_KEY": the variable ACME_KEY is not set' in problem


@pytest.mark.parametrize("reference", ["file:../keys.json", "file:/etc/passwd"])
async def test_a_file_of_the_servers_own_is_refused(applying, reference):
    text = network().replace("env:ACME_KEY", reference)
    (problem,) = await refused(applying, text)
    assert "where buyers' secrets are" in problem


async def test_a_variable_of_the_servers_own_is_refused(applying, environ):
    environ["AUCTIOND_KEY"] = "sesame"
    text = network().replace("env:ACME_KEY", "env:AUCTIOND_KEY")
    (problem,) = await refused(applying, text)
    assert "the server's own" in problem
    assert "sesame" not in problem


async def test_the_newest_network_must_fit_at_start(applying, environ):
    await applying.apply(network(), expected=0, act=Act("ann"))
    del environ["ACME_KEY"]
    with pytest.raises(NetworkUnfit, match="ACME_KEY"):
        await applying.load()


async def test_a_former_network_whose_secret_is_gone_pauses_that_target_alone(applying, environ):
    await applying.apply(network(), expected=0, act=Act("ann"))
    del environ["ACME_KEY"]
    await applying.load_former(1)
    snapshot = applying.book.edition(1).snapshot
    assert snapshot.target("west").paused


async def test_a_former_network_stays_when_many_were_applied_since(applying):
    first = network()
    for no in range(EDITIONS_MAX + 5):
        text = first.replace('"One"', f'"N{no}"')
        await applying.apply(text, expected=no, act=Act("ann"))
    with pytest.raises(KeyError):
        applying.book.edition(1)
    await applying.load_former(1)
    assert applying.book.edition(1).snapshot.version == 1
    assert applying.book.version == EDITIONS_MAX + 5
