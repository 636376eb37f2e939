"""`auctiond callback`: lists, files of numbers, and the table of hours."""

from datetime import UTC

import orjson
import pytest
from click.testing import CliRunner
from rich.console import Console

from auctiond.cli import main
from auctiond.commands import callback
from auctiond.show.callback_tables import callback_grid, callbacks_grid, events_grid, lists_grid
from compliance.law.hours_file import SHIPPED

ID = "01a20cb7-e95d-7d8f-9548-659bc17b435a"
ONE = {
    "id": ID,
    "campaign": "auto",
    "publisher": "pub",
    "source": "api",
    "facts": {"zip": "10001"},
    "asked_ms": 1_795_509_709_149,
    "state": "waiting",
    "reason": "hours:FL",
    "who": "nobody",
    "due_ms": 1_795_519_709_149,
    "attempts_made": 1,
    "call": None,
    "speed_to_lead_ms": 43,
    "events": [{"at_ms": 1_795_509_709_149, "what": "asked", "reason": "hours:FL"}],
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
        return {"callbacks": [ONE], "lists": []} if path.count("/") == 2 else ONE

    def post(self, path, body):
        self.asked.append((path, body))
        found = {"list": body.get("list"), "added": len(body.get("numbers", ())), "removed": 1}
        return found | {"callbacks_ended": 1, "calls_ended": 0}


@pytest.fixture
def run(monkeypatch):
    server = Server()
    monkeypatch.setattr("auctiond.server_place.ServerPlace.open", lambda self: server)

    def do(*args):
        result = CliRunner().invoke(main, ["callback", *args], env={"COLUMNS": "140"})
        return result, server.asked

    return do


def text_of(table):
    console = Console(width=160)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_tables_tell_what_is_due_and_why():
    line = text_of(callbacks_grid([ONE], 140, UTC))
    assert "c17b435a" in line
    assert "hours:FL, due 2026-11-24 11:28:29" in line
    whole = text_of(callback_grid(ONE, 140, UTC))
    assert "outside the calling hours" in whole
    assert "asked" in text_of(events_grid(ONE, 140, UTC))
    assert "20,114" in text_of(lists_grid([{"list": "dnc", "count": 20114, "newest_ms": 1}], 80))


def test_an_id_may_be_given_by_its_end(run):
    result, asked = run("cancel", "c17b435a")
    assert result.exit_code == 0, result.output
    assert asked[-1] == (f"/v1/callbacks/{ID}/cancel", {})
    assert run("show", ID)[0].exit_code == 0
    assert "no id ends" in run("show", "ffffffff")[0].output


def test_a_file_of_numbers_is_read_whole_and_sent_in_parts(run, tmp_path, monkeypatch):
    monkeypatch.setattr(callback, "SEND_MAX", 2)
    file = tmp_path / "dnc.csv"
    file.write_text('phone,name\n(212) 555-0177,"A"\n\n"+12125550178"\n1 212 555 0179\n')
    result, asked = run("import-suppressions", str(file), "--list", "dnc")
    assert result.output == "3 numbers read, 3 new on dnc; 2 callbacks are over.\n"
    assert [body["numbers"] for _, body in asked] == [
        ["+12125550177", "+12125550178"],
        ["+12125550179"],
    ]


def test_a_file_with_a_line_that_is_no_number_is_not_sent_and_the_line_is_told(run, tmp_path):
    file = tmp_path / "dnc.csv"
    file.write_text("+12125550177\nmissing\n12345\n")
    result, asked = run("import-suppressions", str(file), "--list", "dnc")
    assert (result.exit_code, asked) == (1, [])
    assert "no phone number in line 2, 3" in result.output
    assert "12345;" not in result.output


def test_numbers_are_put_on_a_list_and_taken_off(run):
    assert run("suppress", "+12125550177")[0].output == (
        "1 new on revoked; 1 callbacks are over.\n"
    )
    assert run("unsuppress", "+12125550177", "--list", "dnc")[0].output == "Took 1 off dnc.\n"


def test_the_table_of_hours_is_shown_and_a_wrong_one_refused(run, tmp_path):
    shown = run("hours")[0].output
    assert "mon-sat 08:00-20:00, sun closed" in shown
    assert "3 calls a day" in shown
    own = tmp_path / "own.toml"
    own.write_text(SHIPPED.read_text().replace('daily = "08:00-21:00"', 'daily = "8-9"', 1))
    result = run("hours", "--file", str(own))[0]
    assert result.exit_code == 1
    assert "rule[0].daily: expected" in result.output


def test_what_is_told_is_json_that_the_api_could_answer():
    assert orjson.dumps(ONE)
