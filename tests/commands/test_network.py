"""`auctiond network` says what is wrong, what would change, and changes it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from auctiond.commands import network as network_command
from auctiond.net.api_client import ApiClient, ApiError
from routing.network_file import read_network
from tests.commands.network_server import KEY, network_server
from tests.routing.small_file import SMALL as WITH_SECRET
from tests.shell.small_network import network

ROOT = Path(__file__).parents[2]
SECRETS = '[target.ping.secrets]\nkey = "env:ACME_KEY"\n'
SMALL = WITH_SECRET.replace(SECRETS, "")  # Its format has none.


@pytest.fixture
def server():
    with network_server() as running:
        yield running


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(SMALL, "utf-8")
    return path


def run(*words, server=None, key=KEY, answer=""):
    env = {"AUCTIOND_KEY": key, "AUCTIOND_URL": url_of(server) if server else None}
    return CliRunner().invoke(network_command.command, [str(w) for w in words], answer, env)


def url_of(server):
    return f"http://127.0.0.1:{server.server_port}"


def test_a_good_file_is_told_to_be_good(file):
    result = run("check", file)
    assert result.exit_code == 0, result.output
    assert "1 campaign, 1 publisher, 1 number, 1 buyer, 2 targets" in result.output


def test_a_bad_file_is_told_with_all_its_problems(file):
    file.write_text(SMALL.replace('"12.50"', "12.5").replace("plain_json", "plain_jsn"), "utf-8")
    result = run("check", file)
    assert result.exit_code == 1
    assert "2 things are wrong" in result.output
    assert "target[0].ping.format" in result.output
    assert "target[1].price: found 12.5" in result.output


def test_what_only_a_format_finds_wrong_is_told_too(file):
    file.write_text(WITH_SECRET, "utf-8")
    result = run("check", file)
    assert result.exit_code == 1
    assert "target west: ping.secrets.key: no such secret" in result.output


def test_secrets_are_looked_up_when_asked_for(file):
    text = network(secret="env:NOT_SET_ANYWHERE")
    file.write_text(text, "utf-8")
    assert run("check", file).exit_code == 0
    result = run("check", "--secrets", file)
    assert result.exit_code == 1
    assert "the variable NOT_SET_ANYWHERE is not set" in result.output


def test_a_secret_of_the_servers_own_is_wrong_wherever_it_is_checked(file):
    file.write_text(network(secret="env:AUCTIOND_KEY"), "utf-8")
    assert "the server's own" in run("check", file).output


def test_the_example_passes():
    result = run("check", ROOT / "examples" / "auto_insurance.toml")
    assert result.exit_code == 0, result.output
    assert "12 buyers" in result.output


def test_a_file_that_is_no_text_is_told(file):
    file.write_bytes(b"\xff\xfe")
    assert "no text in UTF-8" in run("check", file).output


def test_the_first_network_is_applied_to_a_server_without_one(server, file):
    result = run("apply", "--yes", file, server=server)
    assert result.exit_code == 0, result.output
    assert "added target west" in result.output
    assert "Applied: version 1." in result.output
    assert read_network(server.text, "server") == read_network(SMALL, "file")


def test_a_change_is_shown_and_applied_when_it_is_confirmed(server, file):
    server.text, server.version = SMALL.replace("12.50", "11.00"), 4
    shown = run("diff", file, server=server).output
    assert "Changes to version 4:" in shown
    assert "changed target desk: price 11.00 -> 12.50" in shown
    refused = run("apply", file, server=server, answer="n\n")
    assert (refused.exit_code, server.version) == (1, 4)
    assert run("apply", file, server=server, answer="y\n").exit_code == 0
    assert server.version == 5


def test_nothing_is_sent_when_nothing_changes(server, file):
    server.text, server.version = SMALL, 4
    result = run("apply", "--yes", file, server=server)
    assert result.output == "No changes to version 4.\n"
    assert server.version == 4


def test_an_export_can_be_applied_again(server, file, tmp_path):
    server.text, server.version = SMALL, 4
    assert run("export", server=server).output == SMALL
    out = tmp_path / "out.toml"
    run("export", "--output", out, server=server)
    assert out.read_text("utf-8") == SMALL


def test_an_unknown_key_is_one_readable_line(server, file):
    result = run("diff", file, server=server, key="other")
    assert result.exit_code == 1
    assert result.output == "Error: Who are you?: the key is not known\n"


def test_what_the_server_finds_wrong_is_one_line(server, file):
    server.problem = {"title": "The network is refused", "detail": "one\ntwo"}
    assert run("diff", file, server=server).output == "Error: The network is refused: one two\n"


@pytest.mark.parametrize("raw", [b"<html>Bad gateway</html>", b"[]", b"\xff"])
def test_an_answer_that_is_no_problem_document_still_has_a_status(server, file, raw):
    server.raw = raw
    assert run("diff", file, server=server).output == "Error: the server answered 502\n"


def test_a_network_that_changed_meanwhile_is_not_overwritten(server):
    server.text, server.version = SMALL, 4
    with ApiClient(url_of(server), KEY) as client, pytest.raises(ApiError) as caught:
        client.send("PUT", "/v1/network", body=b"x", headers={"if-match": '"3"'})
    assert caught.value.status == 412
    assert server.text == SMALL


def test_a_server_that_is_not_there_is_told_by_its_address(file):
    with network_server() as gone:
        pass
    result = run("diff", file, server=gone)
    assert result.exit_code == 1
    said = f"the server at {url_of(gone)} does not answer; is `auctiond serve` running?"
    assert said in result.output


@pytest.mark.parametrize(
    "url", ["http://calls.example", "calls.example", "ftp://127.0.0.1", "http://["]
)
def test_a_key_is_never_sent_in_the_clear_to_another_machine(url):
    with pytest.raises(ApiError):
        ApiClient(url, KEY)


def test_a_real_server_keeps_every_version(live, file):
    text = network(secret="env:HOME", name="Versions one")
    for name in ("Versions one", "Versions two"):
        file.write_text(network(secret="env:HOME", name=name), "utf-8")
        result = live.run("network", "apply", "--yes", file)
        assert result.exit_code == 0, result.output
    newest = int(result.output.split()[-1].rstrip("."))
    lines = live.run("network", "versions").output.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == [str(newest), str(newest - 1)]
    former = live.run("network", "export", "--version", newest - 1).output
    assert read_network(former, "former") == read_network(text, "one")
    assert "There is no version 99" in live.run("network", "export", "--version", 99).output


def test_a_real_server_refuses_what_does_not_fit_with_a_line_for_each_problem(live, file):
    file.write_text(network("publisher_ids = 'x'", secret="env:NOT_SET_ANYWHERE"), "utf-8")
    result = live.run("network", "apply", "--yes", file)
    assert result.exit_code == 1
    assert "Error: The network was refused.\n  target west: ping.settings" in result.output


def test_targets_of_another_system_are_printed_as_a_network_file(tmp_path):
    path = tmp_path / "targets.csv"
    rows = "A,2125550100,$10,0,\nB,2125550101,9,1,0\n"
    path.write_text(f"Target Name,Number,Price,Priority,Weight\n{rows}")
    done = run("import", "--from", "leadexec", path)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("# B: a weight of 0 gets no calls: it is paused\n")
    network = read_network(done.output, "imported")
    assert [tier.targets for tier in network.campaigns[0].tiers] == [("a",), ("b",)]


def test_a_list_that_cannot_be_taken_over_is_told_row_by_row(tmp_path):
    path = tmp_path / "targets.json"
    path.write_text('[{"name": "A", "number": "12", "price": 1}]')
    done = run("import", "--from", "ringba", path)
    assert done.exit_code == 1
    assert "row 1: number: found '12'; expected a phone number" in done.output
