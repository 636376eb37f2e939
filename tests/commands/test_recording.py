"""`auctiond recording`: lists, one with its history, links, and the law."""

from datetime import UTC

import pytest
from click.testing import CliRunner
from rich.console import Console

from auctiond.cli import main
from auctiond.commands import recording
from auctiond.show.recording_tables import history_grid, recording_grid, recordings_grid
from compliance.law.recording_file import SHIPPED

ID = "01a22bb4-2e7d-7863-8f26-a7946c6ace47"
ONE = {
    "id": ID,
    "call": "01a22bb4-2e00-7863-8f26-b1146c6a0001",
    "kind": "talk",
    "leg": 1,
    "began_ms": 1_795_509_709_149,
    "state": "kept",
    "why": "",
    "duration_ms": 94_200,
    "channels": 2,
    "bytes": 1_507_244,
    "type": "audio/wav",
    "store": "s3:calls",
    "kept_until_ms": 1_803_285_709_149,
    "events": [
        {"at_ms": 1_795_509_709_149, "what": "asked", "why": "", "by": "server"},
        {"at_ms": 1_795_509_999_149, "what": "listened", "why": "", "by": "link 0a0b0c0d0e0f1011"},
    ],
}


class Server:
    """Stands in for the client of the API, and notes what it is asked."""

    def __init__(self):
        self.asked = []

    def open(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def get(self, path, **query):
        self.asked.append((path, query))
        return {"recordings": [ONE]} if path == "/v1/recordings" else ONE

    def post(self, path, body):
        self.asked.append((path, body))
        return {"url": "https://calls.example/recordings/AAA", "expires_ms": 1_795_509_709_149}

    def send(self, method, path):
        self.asked.append((method, path))


@pytest.fixture
def run(monkeypatch):
    """Runs a command against the stand-in, and returns what it says and was asked."""
    server = Server()
    monkeypatch.setattr("auctiond.server_place.ServerPlace.open", lambda self: server)

    def invoke(*words, env=None):
        found = CliRunner().invoke(recording.command, list(words), env=env or {"COLUMNS": "80"})
        assert found.exit_code == 0, found.output
        return found.output, server.asked

    return invoke


def test_the_newest_are_listed_and_fit_eighty_columns(run):
    said, asked = run("list", "--state", "kept", "--limit", "5")
    assert asked == [("/v1/recordings", {"limit": "5", "state": "kept"})]
    assert "6c6ace47" in said
    assert max(map(len, said.splitlines())) <= 80


def test_one_is_found_by_the_end_of_its_id_and_tells_who_listened(run):
    said, asked = run("show", "6ace47")
    assert asked[-1][0] == f"/v1/recordings/{ID}"
    for told in ("a talk, offer 1", "1,507", "audio/wav in s3:calls", "link 0a0b0c0d0e0f1011"):
        assert told in said


def test_a_link_is_printed_alone_on_its_line(run):
    said, asked = run("link", "6ace47", "--minutes", "5")
    assert said.splitlines()[0] == "https://calls.example/recordings/AAA"
    assert asked[-1] == (f"/v1/recordings/{ID}/links", {"minutes": 5})


def test_deleting_asks_first(run):
    assert run("delete", ID, "--yes")[1] == [("DELETE", f"/v1/recordings/{ID}")]
    asked = CliRunner().invoke(recording.command, ["delete", ID], input="n\n")
    assert asked.exit_code == 1


def test_tables_are_of_one_zone():
    console = Console(width=80, record=True)
    console.print(recordings_grid([ONE], 80, UTC))
    console.print(recording_grid(ONE, 80, UTC))
    console.print(history_grid(ONE, 80, UTC))
    assert "2026-11-24 08:41:49" in console.export_text()


def test_the_law_is_shown_with_its_sources_and_a_wrong_one_is_refused(tmp_path):
    said = CliRunner().invoke(main, ["recording", "law"], env={"COLUMNS": "80"}).output
    assert "Cal. Penal Code 632" in said
    assert max(map(len, said.splitlines())) <= 80
    own = tmp_path / "law.toml"
    own.write_text(SHIPPED.read_text().replace('consent = "one"', 'consent = "some"'))
    wrong = CliRunner().invoke(main, ["recording", "law", "--file", str(own)])
    assert wrong.exit_code == 1
    assert 'rule[15].consent: expected "all" or "one"' in wrong.output
