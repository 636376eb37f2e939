"""The server's settings: read once at start, from a TOML file and AUCTIOND_* variables.

A variable wins over the file. Whatever is wrong is said at once, and then we do not start.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from auctiond import config_values as value
from auctiond.carrier_files import calling_out, setting_keys
from auctiond.config_billing import BILLING_READERS
from auctiond.config_places import PLACE_READERS
from auctiond.keys.secret import Secret

PREFIX = "AUCTIOND_"
FILE_VARIABLE = "AUCTIOND_CONFIG"  # Where the file is, when no argument says so.
URL_VARIABLE = "AUCTIOND_URL"  # This and the next are for the commands: which server, which key.
KEY_VARIABLE = "AUCTIOND_KEY"
NO_SETTINGS = frozenset((FILE_VARIABLE, URL_VARIABLE, KEY_VARIABLE))
SHOWN_CHARS = 60  # Of a wrong value: enough to recognise it.
NO_SECRET = Secret("")
METRICS_LISTEN = "127.0.0.1:9464"  # Of several workers, where nothing else is said.

# Kubernetes sets these for a service that is called auctiond; tests have their own.
_FOREIGN = re.compile(r"AUCTIOND_(SERVICE_(HOST|PORT)(_.*)?|PORT(_.*)?|TEST_.*)")

CARRIER_KEYS = setting_keys()  # Of all carriers: each has its own in its file of telephony/.
CARRIER_READERS: dict[str, value.Reader[Any]] = {
    key: value.of_carrier(setting.kind, needed=setting.needed)
    for key, setting in CARRIER_KEYS.items()
}


def carrier_defaults() -> dict[str, Any]:
    """Return the carriers' settings where nothing is said."""
    return {
        key: CARRIER_READERS[key].read(setting.default, {}) for key, setting in CARRIER_KEYS.items()
    }


@dataclass(frozen=True, slots=True)
class Settings:
    """Every key is explained in docs/configuration.md; a test compares the two."""

    data_dir: Path = Path(".auctiond")
    database_url: Secret = NO_SECRET
    listen: str = "127.0.0.1:8080"
    public_url: str = ""
    carriers: Mapping[str, Any] = field(default_factory=carrier_defaults)  # By keys.
    stripe_api_key: Secret = NO_SECRET
    stripe_api_url: str = "https://api.stripe.com"
    stripe_webhook_secret: Secret = NO_SECRET
    stripe_webhook_secret_old: Secret = NO_SECRET
    billing_return_url: str = ""
    invoice_prefix: str = "INV-"
    invoice_seller: str = ""
    ping_allowed_networks: tuple[value.Network, ...] = ()
    ping_ca_file: Path | None = None
    ping_connections_per_buyer: int = 64
    late_ping_s: float = 1.0
    shed_after_ms: float = 30.0
    key_file: Path | None = None
    proof_dir: Path | None = None
    seal_file: Path | None = None
    secrets_dir: Path | None = None
    buyers_dir: Path | None = None
    log_level: str = "info"
    network_file: Path | None = None
    calling_hours_file: Path | None = None
    callback_carrier: str = ""
    recording_law_file: Path | None = None
    recordings_dir: Path | None = None
    recordings_s3_bucket: str = ""
    recordings_s3_prefix: str = ""
    recordings_s3_endpoint: str = ""
    recordings_s3_region: str = ""
    recordings_s3_key_id: str = ""
    recordings_s3_key: Secret = NO_SECRET
    sweep_every_s: float = 30.0
    poll_carrier_every_s: float = 15.0
    inbox_keep_days: int = 3
    rtb_keep_days: int = 14
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: Secret = NO_SECRET
    smtp_tls: Literal["starttls", "tls", "off"] = "starttls"
    mail_from: str = ""
    operator_emails: tuple[str, ...] = ()
    drain_s: float = 30.0
    switch_interval_ms: float = 1.0
    connections_per_address: int = 1000
    workers: int = 1
    metrics_listen: str = ""

    @property
    def metrics_at(self) -> str:
        """Where the first worker tells its metrics, apart from all else; "" is at /metrics."""
        return self.metrics_listen or (METRICS_LISTEN if self.workers > 1 else "")

    @property
    def key_path(self) -> Path:
        """Where the keys of personal data are."""
        return self.key_file or self.data_dir / "keys.json"

    @property
    def seal_path(self) -> Path:
        """Where the ledger's seal is: outside of the data folder."""
        return self.seal_file or self.proof_path / "ledger.seal"

    @property
    def months_path(self) -> Path:
        """Where months of the ledger are put away."""
        return self.proof_path / "months"

    @property
    def proof_path(self) -> Path:
        """Where what proves the ledger is: beside the data folder."""
        return self.proof_dir or Path(f"{os.path.abspath(self.data_dir)}-proof")

    @property
    def secrets_path(self) -> Path:
        """Where the files of buyers' secrets are: no other file may be named in the network."""
        return self.secrets_dir or self.data_dir / "secrets"

    @property
    def buyers_path(self) -> Path:
        """Where the operator's own buyers' formats are, a file each, besides the library's."""
        return self.buyers_dir or self.data_dir / "buyers"

    @property
    def admin_key_path(self) -> Path:
        """Where the first API key is left, for the commands on this machine."""
        return self.data_dir / "admin.key"

    @property
    def recordings_path(self) -> Path:
        """Where recordings are, or are while they are fetched."""
        return self.recordings_dir or self.data_dir / "recordings"

    @property
    def own_references(self) -> frozenset[str]:
        """Where our own secrets were read from: a buyer's may not be."""
        own = (*(getattr(self, each.name) for each in fields(self)), *self.carriers.values())
        secrets = (found for found in own if isinstance(found, Secret))
        return frozenset(secret.reference for secret in secrets if secret.reference)

    @property
    def reached_at(self) -> str:
        """Where carriers reach us."""
        return self.public_url or f"http://{self.listen}"

    def hook_url(self, carrier: str) -> str:
        """Where `carrier` sends its webhooks."""
        return f"{self.reached_at}/hooks/{carrier}"


READERS: dict[str, value.Reader[Any]] = {
    "data_dir": value.path(),
    "database_url": value.secret(),
    "listen": value.address(),
    "public_url": value.url(optional=True),
    **CARRIER_READERS,
    **BILLING_READERS,
    "ping_allowed_networks": value.networks(),
    "ping_ca_file": value.optional_path(),
    "ping_connections_per_buyer": value.whole(1, 4096),
    "late_ping_s": value.number(0, 10),
    "shed_after_ms": value.number(1, 10_000),
    **PLACE_READERS,
    "log_level": value.one_of("debug", "info", "warning", "error"),
    "network_file": value.optional_path(),
    "calling_hours_file": value.optional_path(),
    "callback_carrier": value.one_of("", *calling_out()),
    "recording_law_file": value.optional_path(),
    "recordings_dir": value.optional_path(),
    "recordings_s3_bucket": value.text(),
    "recordings_s3_prefix": value.text(),
    "recordings_s3_endpoint": value.url(optional=True),
    "recordings_s3_region": value.text(),
    "recordings_s3_key_id": value.text(),
    "recordings_s3_key": value.secret(),
    "sweep_every_s": value.number(1, 3600),
    "poll_carrier_every_s": value.number(1, 3600),
    "inbox_keep_days": value.whole(1, 30),
    "rtb_keep_days": value.whole(1, 400),
    "smtp_host": value.text(),
    "smtp_port": value.whole(1, 65_535),
    "smtp_user": value.text(),
    "smtp_password": value.secret(),
    "smtp_tls": value.one_of("starttls", "tls", "off"),
    "mail_from": value.email(optional=True),
    "operator_emails": value.emails(),
    "drain_s": value.number(0, 14_400),
    "switch_interval_ms": value.number(0.05, 100),
    "connections_per_address": value.whole(0, 100_000),
    "workers": value.whole(1, 64),
    "metrics_listen": value.optional_address(),
}


class ConfigError(Exception):
    """The settings are wrong: one line for each problem, each with its place."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Written:
    """One setting as somebody wrote it, and where."""

    place: str
    key: str
    value: object
    variable: bool = False  # Text, which has yet to become what TOML would give.


def load_settings(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings from `file` (or AUCTIOND_CONFIG) and `environ`. Raises ConfigError."""
    environ = os.environ if environ is None else environ
    if file is None and environ.get(FILE_VARIABLE):
        file = Path(environ[FILE_VARIABLE])
    settings: dict[str, Any] = {}
    problems: list[str] = []
    for written in (*_from_file(file), *_from_variables(environ)):
        try:
            settings[written.key] = _read(written, environ)
        except ValueError as error:
            problems.append(f"{written.place}: {error}")
    if problems:
        raise ConfigError(tuple(problems))
    of_carriers = {key: settings.pop(key) for key in CARRIER_KEYS if key in settings}
    read = Settings(carriers=carrier_defaults() | of_carriers, **settings)
    if problems := [*problems_between(read)]:
        raise ConfigError(tuple(problems))
    return read


def problems_between(settings: Settings) -> Iterator[str]:
    """Yield what is wrong between settings that are right by themselves."""
    if settings.smtp_host and not settings.mail_from:
        yield 'mail_from: expected an address to send from, as there is an smtp_host, not ""'
    near = settings.smtp_host in ("localhost", "127.0.0.1", "::1")
    if settings.smtp_password and settings.smtp_tls == "off" and not near:
        yield 'smtp_tls: expected "starttls" or "tls": a password is not sent in the clear'
    if settings.smtp_user and not settings.smtp_password:
        yield "smtp_password: expected one, as there is an smtp_user"


def _from_file(file: Path | None) -> Iterator[Written]:
    if file is None:
        return
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError((f"{file}: {error.strerror or 'cannot be read'}",)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError((f"{file}: not TOML: {error}",)) from None
    for key, found in content.items():
        yield Written(f"{file}: {key}", key, found)


def _from_variables(environ: Mapping[str, str]) -> Iterator[Written]:
    for name, found in sorted(environ.items()):
        if name.startswith(PREFIX) and name not in NO_SETTINGS and not _FOREIGN.fullmatch(name):
            key = name.removeprefix(PREFIX).lower()
            yield Written(f"variable {name}", key, found, variable=True)


def _read(written: Written, environ: Mapping[str, str]) -> object:
    """Return the setting's value. Raises ValueError with what would be right."""
    reader = READERS.get(written.key)
    if reader is None:
        raise ValueError(_unknown(written))
    try:
        found = reader.parse(str(written.value)) if written.variable else written.value
        return reader.read(found, environ)
    except value.WrongReference:
        raise
    except ValueError:
        shown = "" if reader.secret else f", not {str(written.value)[:SHOWN_CHARS]!r}"
        raise ValueError(f"expected {reader.expected}{shown}") from None


def _unknown(written: Written) -> str:
    near = get_close_matches(written.key, READERS, n=1)
    if not near:
        return "there is no such key"
    name = PREFIX + near[0].upper() if written.variable else near[0]
    return f"there is no such key; did you mean {name}?"
