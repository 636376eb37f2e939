"""A command finds the server on this machine, and its key never goes where it should not."""

import httpx2
import pytest
from click.testing import CliRunner

from auctiond.cli import main
from auctiond.config import Settings
from auctiond.server_place import local_url


@pytest.fixture
def asked():
    return []


@pytest.fixture
def run(asked, tmp_path, monkeypatch):
    def answer(request):
        asked.append((str(request.url), request.headers["authorization"]))
        return httpx2.Response(200, json={"calls": []})

    def run(*words, **env):
        clean = {"AUCTIOND_URL": None, "AUCTIOND_KEY": None, "AUCTIOND_CONFIG": None}
        transport = httpx2.MockTransport(answer)
        return CliRunner().invoke(main, ["call", "list", *words], obj=transport, env=clean | env)

    monkeypatch.chdir(tmp_path)
    return run


@pytest.fixture
def key(tmp_path):
    (tmp_path / ".auctiond").mkdir()
    (tmp_path / ".auctiond" / "admin.key").write_text("k-local\n")


def test_without_a_word_it_is_the_server_of_this_folder(run, asked, key):
    assert run().output == "There are no calls yet.\n"
    assert asked == [("http://127.0.0.1:8080/v1/calls?limit=20", "Bearer k-local")]


def test_the_settings_say_where_the_server_and_its_key_are(run, asked, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "admin.key").write_text("k-other")
    file = tmp_path / "a.toml"
    file.write_text(f'listen = "0.0.0.0:81"\ndata_dir = "{tmp_path / "data"}"')
    assert run("--config", str(file)).exit_code == 0
    assert run(AUCTIOND_CONFIG=str(file)).exit_code == 0
    assert asked == [("http://127.0.0.1:81/v1/calls?limit=20", "Bearer k-other")] * 2


def test_variables_win_over_settings_and_options_over_variables(run, asked, key):
    env = {"AUCTIOND_URL": "https://one.example", "AUCTIOND_KEY": "k-1"}
    run(**env)
    run("--key", "k-2", "--url", "https://two.example/", **env)
    assert asked == [
        ("https://one.example/v1/calls?limit=20", "Bearer k-1"),
        ("https://two.example/v1/calls?limit=20", "Bearer k-2"),
    ]


def test_the_key_of_this_machine_is_not_sent_to_another(run, asked, key):
    result = run("--url", "https://calls.example")
    assert result.exit_code == 1
    assert "which key for https://calls.example? Give --key, or set AUCTIOND_KEY" in result.output
    assert asked == []


@pytest.mark.parametrize("url", ["http://calls.example", "calls.example", "ftp://127.0.0.1"])
def test_no_key_is_sent_in_the_clear(run, asked, url):
    assert "in the clear" in run("--url", url, "--key", "k").output
    assert asked == []


def test_where_no_server_ever_ran_it_says_what_to_do(run):
    result = run()
    assert result.exit_code == 1
    assert "there is no key in .auctiond/admin.key" in result.output
    assert "--config" in result.output


def test_wrong_settings_are_told_as_the_server_would(run, tmp_path):
    (tmp_path / "a.toml").write_text('lisen = "x"')
    result = run("--config", str(tmp_path / "a.toml"))
    assert "did you mean listen?" in result.output
    assert "no such key" in result.output


def test_a_key_pasted_with_a_line_break_is_not_sent(run, asked):
    assert "pasted whole" in run("--key", "auctiond_live\nx").output
    assert asked == []


@pytest.mark.parametrize(
    ("listen", "url"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("0.0.0.0:1", "http://127.0.0.1:1"),
        ("[::]:2", "http://[::1]:2"),
        ("[::1]:3", "http://[::1]:3"),
        ("localhost:4", "http://localhost:4"),
    ],
)
def test_a_server_that_listens_everywhere_is_here_too(listen, url):
    assert local_url(Settings(listen=listen)) == url


def test_the_variables_of_commands_are_no_settings(run, key, asked):
    assert run(AUCTIOND_URL="http://127.0.0.1:9").exit_code == 0
    assert asked[0][1] == "Bearer k-local"
