"""The operator's own buyers' files: read at the start, and again when a network is applied."""

import os

import pytest

from auctiond.keys.secret import BuyerSecrets
from auctiond.logs import Log
from auctiond.networks.applying import Applying, NotApplied
from auctiond.networks.formats import FormatShelf, open_shelf
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.networks import Act
from auctiond.start_error import StartError
from buyers.library import load_library
from tests.shell.small_network import network
from tests.shell.test_applying import FakeNetworks

ACME = 'base = "retreaver"\ntitle = "Acme"\nurl = "https://acme.example"\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "buyers").mkdir()
    return tmp_path / "buyers"


def applying_with(shelf, tmp_path):
    secrets = BuyerSecrets(tmp_path / "secrets", environ={"ACME_KEY": "sesame"})
    return Applying(FakeNetworks(), NetworkBook(), shelf, secrets, Log("test"))


def of_acme():
    return network().replace('"retreaver"', '"acme"').replace('url = "https://acme.example"\n', "")


async def test_a_file_that_came_since_the_start_is_there_when_a_network_is_applied(
    folder, tmp_path
):
    applying = applying_with(FormatShelf(folder), tmp_path)
    with pytest.raises(NotApplied):
        await applying.apply(of_acme(), expected=None, act=Act("ann"))
    (folder / "acme.toml").write_text(ACME)
    await applying.apply(of_acme(), expected=None, act=Act("ann"))
    assert applying.book.current.buyers["west"].format == "acme"


async def test_a_file_that_went_bad_refuses_the_network_and_the_running_one_stays(folder, tmp_path):
    path = folder / "acme.toml"
    path.write_text(ACME)
    applying = applying_with(FormatShelf(folder), tmp_path)
    await applying.apply(of_acme(), expected=None, act=Act("ann"))
    path.write_text(ACME + "[ping.request.fields]\nani = '{phone}'\n")
    with pytest.raises(NotApplied) as caught:
        await applying.apply(network(), expected=None, act=Act("ann"))
    (problem,) = caught.value.problems
    assert f"{path}:5: ping.request.fields.ani: {{phone}} is personal" in problem
    assert applying.book.version == 1
    assert "acme" in applying.formats


async def test_a_folder_that_did_not_change_is_not_read_again(folder):
    (folder / "acme.toml").write_text(ACME)
    shelf = FormatShelf(folder)
    before = shelf["acme"]
    await shelf.refresh()
    assert shelf["acme"] is before
    os.utime(folder / "acme.toml", ns=(1, 1))
    await shelf.refresh()
    assert shelf["acme"] is not before
    assert set(shelf) == {*load_library(), "acme"}


def test_a_server_does_not_start_with_a_bad_file(folder):
    (folder / "acme.toml").write_text('base = "acme"\n')
    with pytest.raises(StartError, match=r"acme\.toml:1: base: "):
        open_shelf(folder)
    assert len(open_shelf(folder / "none")) == len(load_library())
