"""Settings are whole and right, or the server does not start and says what is wrong."""

import dataclasses
import re
import tomllib
from base64 import b64encode
from ipaddress import ip_network
from pathlib import Path

import pytest

from auctiond.config import (
    READERS,
    ConfigError,
    Settings,
    carrier_defaults,
    load_settings,
)

DOCS = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "auctiond.toml"
        path.write_text(text)
        return path

    return write


def problems_of(file=None, environ=None):
    with pytest.raises(ConfigError) as caught:
        load_settings(file, environ or {})
    return caught.value.problems


def test_without_a_file_the_defaults_hold():
    assert load_settings(None, {}) == Settings()


def test_every_key_has_a_reader_that_takes_its_default():
    defaults = dict(_defaults())
    assert list(defaults) == list(READERS)
    for name, default in _documented().items():
        assert READERS[name].read(tomllib.loads(f"x = {default}")["x"], {}) == defaults[name]


def _defaults():
    for key in dataclasses.fields(Settings):
        if key.name == "carriers":  # Each carrier's file has its own.
            yield from carrier_defaults().items()
        else:
            yield key.name, key.default


def test_every_key_is_documented_with_its_default_and_no_other():
    assert list(_documented()) == list(READERS)


def _documented():
    rows = re.findall(r"^\| `(\w+)` \| `(.*?)` \| .{10,} \|$", DOCS, re.MULTILINE)
    return dict(rows)


def test_the_example_of_the_docs_is_read(write):
    example = re.search(r"```toml\n(.*?)```", DOCS, re.DOTALL)[1]
    example = example.replace('"file:/run/secrets/telnyx"', '"KEY"')
    settings = load_settings(write(example), {"DATABASE_URL": "postgresql://db"})
    assert settings.database_url.reveal() == "postgresql://db"


def test_a_variable_wins_over_the_file(write):
    file = write('listen = "127.0.0.1:1"\nlog_level = "debug"')
    settings = load_settings(file, {"AUCTIOND_LISTEN": "[::1]:2", "LISTEN": "x"})
    assert (settings.listen, settings.log_level) == ("[::1]:2", "debug")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('smtp_host = "mail.example"', "mail_from: expected an address"),
        ('smtp_user = "us"', "smtp_password: expected one"),
        (
            'smtp_host = "mail.example"\nmail_from = "a@b.example"\nsmtp_password = "x"\n'
            'smtp_tls = "off"',
            "not sent in the clear",
        ),
        ('operator_emails = ["ops"]', "operator_emails: expected e-mail addresses"),
        ('mail_from = "a@b.example\\r\\nBcc: c@d.example"', "mail_from: expected an e-mail"),
    ],
)
def test_mail_is_set_up_whole_or_not_at_all(write, text, said):
    assert said in problems_of(write(text))[0]


def test_a_variable_names_the_file(write):
    file = write("inbox_keep_days = 7")
    assert load_settings(None, {"AUCTIOND_CONFIG": str(file)}).inbox_keep_days == 7
    assert "No such file" in problems_of(None, {"AUCTIOND_CONFIG": "/nowhere.toml"})[0]


def test_a_variable_is_read_like_the_file(write):
    in_file = write(
        'ping_allowed_networks = ["10.0.0.0/8", "fd00::/8"]\nlate_ping_s = 2\n'
        'ping_connections_per_buyer = 8\nping_ca_file = "ca.pem"\n'
    )
    in_variables = {
        "AUCTIOND_PING_ALLOWED_NETWORKS": "10.0.0.0/8, fd00::/8",
        "AUCTIOND_LATE_PING_S": "2",
        "AUCTIOND_PING_CONNECTIONS_PER_BUYER": "8",
        "AUCTIOND_PING_CA_FILE": "ca.pem",
    }
    settings = load_settings(in_file, {})
    assert settings == load_settings(None, in_variables)
    assert settings.ping_allowed_networks == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def test_all_mistakes_are_named_at_once_with_their_place_and_what_is_right(write):
    file = write('listen = 8080\nlog_level = "loud"\nlisten_on = "x"\nnonsense_zzz = 1\n')
    problems = problems_of(file, {"AUCTIOND_DRAIN_SEC": "1", "AUCTIOND_DRAIN_S": "soon"})
    assert problems == (
        f'{file}: listen: expected host:port, like "127.0.0.1:8080" or "[::1]:8080", not \'8080\'',
        f"{file}: log_level: expected one of debug, info, warning, error, not 'loud'",
        f"{file}: listen_on: there is no such key; did you mean listen?",
        f"{file}: nonsense_zzz: there is no such key",
        "variable AUCTIOND_DRAIN_S: expected a number from 0 to 14400, not 'soon'",
        "variable AUCTIOND_DRAIN_SEC: there is no such key; did you mean AUCTIOND_DRAIN_S?",
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("data_dir", '""'),
        ("listen", '"8080"'),
        ("listen", '"localhost:http"'),
        ("listen", '"localhost:70000"'),
        ("listen", '"::1:8080"'),
        ("public_url", '"calls.example.com"'),
        ("public_url", '"https://"'),
        ("public_url", '"https://user:word@example.com"'),
        ("public_url", '"https://example.com/?a=1"'),
        ("public_url", '"https://example.com:99999"'),
        ("telnyx_api_url", '""'),
        ("telnyx_public_key", '"AAAA"'),
        ("telnyx_public_key", '"not base64"'),
        ("ping_allowed_networks", '"10.0.0.0/8"'),
        ("ping_allowed_networks", '["10.0.0.1/8"]'),
        ("ping_allowed_networks", "[10]"),
        ("ping_connections_per_buyer", "0"),
        ("ping_connections_per_buyer", "64.0"),
        ("ping_connections_per_buyer", "true"),
        ("ping_connections_per_buyer", '"64"'),
        ("late_ping_s", "nan"),
        ("late_ping_s", "-1"),
        ("late_ping_s", "true"),
        ("late_ping_s", '"1"'),
        ("database_url", "5"),
        ("telnyx_connection_id", "5"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused(write, key, value):
    (problem,) = problems_of(write(f"{key} = {value}"))
    assert f": {key}: expected {READERS[key].expected}" in problem


def test_a_file_that_is_no_toml_is_refused(write):
    assert "not TOML" in problems_of(write("listen: 8080"))[0]


def test_variables_of_kubernetes_and_of_tests_are_passed_over():
    environ = {
        "AUCTIOND_SERVICE_HOST": "10.0.0.1",
        "AUCTIOND_SERVICE_PORT_HTTP": "80",
        "AUCTIOND_PORT": "tcp://10.0.0.1:80",
        "AUCTIOND_PORT_80_TCP_ADDR": "10.0.0.1",
        "AUCTIOND_TEST_DATABASE_URL": "x",
    }
    assert load_settings(None, environ) == Settings()


def test_a_secret_is_read_from_where_it_says_and_is_never_printed(write, tmp_path):
    (tmp_path / "key").write_text("KEY-sesame\n")
    file = write(f'telnyx_api_key = "file:{tmp_path / "key"}"\ndatabase_url = "env:DB"')
    settings = load_settings(file, {"DB": "postgresql://sesame@db"})
    assert settings.carriers["telnyx_api_key"].reveal() == "KEY-sesame"
    assert settings.database_url.reveal() == "postgresql://sesame@db"
    assert "sesame" not in f"{settings} {settings!r} {settings.database_url:>20}"


def test_a_mistake_about_a_secret_names_its_reference_and_not_the_secret(write):
    file = write('telnyx_api_key = "env:NOT_SET"\ndatabase_url = "file:/nowhere/db"')
    one, other = problems_of(file)
    assert '"file:/nowhere/db": No such file' in one + other
    assert "NOT_SET is not set" in one + other
    (problem,) = problems_of(write('telnyx_api_key = ["sesame"]'))
    assert "sesame" not in problem


def test_places_that_are_not_given_follow_from_others():
    settings = load_settings(None, {"AUCTIOND_DATA_DIR": "/data", "AUCTIOND_LISTEN": "h:1"})
    assert settings.key_path == Path("/data/keys.json")
    assert settings.seal_path == Path("/data-proof/ledger.seal")
    assert settings.months_path == Path("/data-proof/months")
    assert settings.hook_url("telnyx") == "http://h:1/hooks/telnyx"


def test_places_that_are_given_hold():
    key = b64encode(bytes(32)).decode()
    environ = {
        "AUCTIOND_KEY_FILE": "/k",
        "AUCTIOND_SEAL_FILE": "/s",
        "AUCTIOND_PUBLIC_URL": "https://calls.example.com/",
        "AUCTIOND_TELNYX_PUBLIC_KEY": key,
    }
    settings = load_settings(None, environ)
    assert (settings.key_path, settings.seal_path) == (Path("/k"), Path("/s"))
    assert settings.hook_url("telnyx") == "https://calls.example.com/hooks/telnyx"
    assert settings.carriers["telnyx_public_key"] == bytes(32)
