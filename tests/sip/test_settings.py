"""The media switch's settings: read whole, refused whole, and each is explained."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from edge.media.settings import BadSettings, Settings, Trunk, load_settings

ROOT = Path(__file__).parent.parent.parent
NEEDED = 'hooks = "http://127.0.0.1:8080/hooks/telnyx"\napi_key = "k"\n'


def load(tmp_path, text, **environ):
    path = tmp_path / "edge.toml"
    path.write_text(text)
    return load_settings(path, environ)


def test_the_docs_explain_every_key_and_no_other():
    table = (ROOT / "docs" / "sip.md").read_text().partition("### Settings")[2].partition("###")[0]
    told = set(re.findall(r"^\| `([a-z_]+)`", table, re.MULTILINE))
    assert told == {one.name for one in fields(Settings)} - {"trunks"}


def test_the_example_is_read_but_for_its_key_file(tmp_path):
    text = (ROOT / "edge" / "media.example.toml").read_text()
    with pytest.raises(BadSettings, match="api_key: the file cannot be read"):
        load(tmp_path, text)
    settings = load(
        tmp_path, text.replace('"file:/etc/auctiond-edge/api.key"', '"env:KEY"'), KEY="x"
    )
    assert settings.uri_of("+12125550101") == "sip:+12125550101@sip.carrier.example"
    assert settings.uri_of("+447700900123") == ""
    assert settings.uri_of("sip:desk@10.0.0.1") == "sip:desk@10.0.0.1"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('colour = "red"', "colour: there is no such key"),
        ("calls_max = 0", "calls_max: expected a whole number from 1 to 2000"),
        ('sip_listen = "somewhere"', "sip_listen: expected an IPv4 address and a port"),
        ('rtp_ports = "9-10"', "rtp_ports: expected ports such as"),
        ("first_command_s = 0", "first_command_s: expected seconds from 0.5 to 60"),
        ('overflow = "+18005550100"', "overflow: expected a SIP address"),
        ('headers = ["X Y"]', "headers: expected at most 11 names of headers"),
        ('[[trunk]]\nprefix = "1"\nto = "sip:x"', "trunk: prefix: expected a number's beginning"),
        ('[[trunk]]\nprefix = "+1"\nto = "here"', "trunk: to: expected sip:{number}@HOST"),
    ],
)
def test_what_is_wrong_is_said_with_its_key_and_what_would_be_right(tmp_path, line, told):
    with pytest.raises(BadSettings) as error:
        load(tmp_path, NEEDED + line)
    assert told in str(error.value)


def test_all_problems_are_told_at_once_and_no_key_is_shown(tmp_path):
    with pytest.raises(BadSettings) as error:
        load(tmp_path, 'api_key = "a secret"\ncalls_max = 0\n')
    assert len(str(error.value).splitlines()) == 3
    assert "a secret" not in str(error.value)


def test_the_longest_prefix_takes_a_number():
    trunks = (Trunk("+1", "sip:{number}@far"), Trunk("+1212", "sip:{number}@near"))
    settings = Settings("http://x", "k", trunks=trunks)
    assert settings.uri_of("+12125550101") == "sip:+12125550101@near"
