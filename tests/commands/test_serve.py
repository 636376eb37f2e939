"""`auctiond serve` starts, or says in words why it cannot."""

import os
import socket
from dataclasses import replace

import pytest
from click.testing import CliRunner

from auctiond.cli import main
from auctiond.config import Settings, carrier_defaults
from auctiond.data_dir import own_data_dir
from auctiond.keys.secret import Secret
from auctiond.listener import address_of, bind_listener
from auctiond.show.banner import banner
from auctiond.start_error import StartError, first_cause


@pytest.fixture
def serve(tmp_path):
    def serve(text, *words):
        file = tmp_path / "auctiond.toml"
        file.write_text(f'data_dir = "{tmp_path / "data"}"\n{text}\n')
        words = words or ("--config", str(file))
        return CliRunner().invoke(main, ["serve", *words], env={"AUCTIOND_CONFIG": None})

    return serve


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('lisen = "x"', "auctiond.toml: lisen: there is no such key; did you mean listen?"),
        ("listen = 80", "auctiond.toml: listen: expected host:port"),
        ('late_ping_s = "a"', "late_ping_s: expected a number from 0 to 10, not 'a'"),
        ("listen", "auctiond.toml: not TOML"),
        ('listen = "no.such.host.invalid:1"', "there is no host 'no.such.host.invalid'"),
        ('listen = "192.0.2.1:8080"', "this machine has no such address"),
    ],
)
def test_what_is_wrong_with_the_settings_is_named_and_nothing_starts(serve, tmp_path, text, said):
    result = serve(text)
    assert result.exit_code == 1
    assert said in result.output
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_settings_file_that_is_not_there_is_named(serve):
    assert "nowhere.toml: No such file" in serve("", "--config", "nowhere.toml").output


def test_a_port_in_use_is_said_before_anything_starts(serve, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        result = serve(f'listen = "127.0.0.1:{other.getsockname()[1]}"')
    assert result.exit_code == 1
    assert "another program listens there" in result.output
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_second_server_on_the_same_folder_is_refused_with_the_pid_of_the_first(serve, tmp_path):
    with own_data_dir(tmp_path / "data"):
        result = serve('listen = "127.0.0.1:0"')
    assert result.exit_code == 1
    assert f"another auctiond (pid {os.getpid()}) runs on this folder" in result.output


def test_the_folder_is_free_again_after_its_server(tmp_path):
    for _ in range(2):
        with own_data_dir(tmp_path / "data"):
            pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StartError, match=r"data_dir: .*file/data: cannot be used: Not a dir"),
        own_data_dir(tmp_path / "file" / "data"),
    ):
        pass


def test_any_free_port_is_told_as_what_it_became():
    with bind_listener("127.0.0.1:0") as bound:
        host, _, port = address_of(bound).rpartition(":")
    assert host == "127.0.0.1"
    assert int(port) > 0


def test_a_person_is_told_where_everything_is(tmp_path):
    begun = carrier_defaults() | {"telnyx_api_key": Secret("k")}
    settings = replace(Settings(), data_dir=tmp_path, carriers=begun)
    text = banner(settings, "127.0.0.1:8080", 0)
    for part in ("http://127.0.0.1:8080/hooks/CARRIER", f"{tmp_path}/admin.key", "network apply"):
        assert part in text
    assert "telnyx_public_key is empty" in text


def test_the_first_cause_of_a_group_of_groups_is_what_people_read():
    group = ExceptionGroup("a", [ExceptionGroup("b", [StartError("the port")])])
    assert str(first_cause(group)) == "the port"
