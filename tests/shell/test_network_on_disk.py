"""A network on disk is its file and the CSV files beside it; what is applied is whole."""

import pytest

from auctiond.networks import reading
from auctiond.networks.first_network import load_network
from auctiond.networks.reading import read_file
from auctiond.start_error import StartError
from market.network import ValueList
from routing.network_file import NetworkError, read_network, write_network
from tests.routing.small_file import SMALL

LISTED = SMALL + '\n[[list]]\nid = "zips"\nfile = "zips.csv"\n'


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(LISTED, "utf-8")
    return path


def test_a_list_comes_from_the_file_beside(file):
    (file.parent / "zips.csv").write_text("zip,bid\n90210,2.50\n")
    network = read_file(file, {"plain_json"})
    assert network.lists == (ValueList("zips", ("90210",), {"90210": "2.50"}),)
    assert read_network(write_network(network), "stored") == network


def test_a_list_that_is_not_there_or_too_large_is_a_problem_of_the_network(file, monkeypatch):
    with pytest.raises(NetworkError, match="No such file"):
        read_file(file, {"plain_json"})
    monkeypatch.setattr(reading, "CSV_BYTES_MOST", 3)
    (file.parent / "zips.csv").write_text("90210\n")
    with pytest.raises(NetworkError, match="over 3 bytes"):
        read_file(file, {"plain_json"})


class Applying:
    """Takes what is applied; it has no network yet."""

    def __init__(self):
        self.formats = {"plain_json": None}
        self.applied = []

    async def load(self):
        return False

    async def apply(self, text, **more):
        self.applied.append(text)


async def test_the_first_network_is_stored_whole(file):
    (file.parent / "zips.csv").write_text("90210\n")
    applying = Applying()
    await load_network(applying, file)
    (text,) = applying.applied
    assert read_network(text, "stored").lists[0].values == ("90210",)


async def test_a_server_does_not_start_with_a_first_network_that_is_wrong(file):
    with pytest.raises(StartError, match=r"net\.toml:\d+: list\[0\]\.file: found .*No such file"):
        await load_network(Applying(), file)
