"""Which server a command talks to, and with which key: by default the one on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click
import httpx2

from auctiond.config import KEY_VARIABLE, URL_VARIABLE, ConfigError, Settings, load_settings
from auctiond.net.api_client import ApiClient, ApiError, is_loopback

ANY = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "": "127.0.0.1"}  # Listens everywhere: here too.


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """What the options say; settings are read only where an option is missing."""

    url: str | None
    key: str | None
    config: Path | None

    def open(self) -> ApiClient:
        """Return a client of the server. Raises ClickException with what to do."""
        url = self.url or local_url(self._settings())
        key = self.key or self._local_key(url)
        # A test hands its transport to the command as click's object.
        transport = click.get_current_context().find_object(httpx2.BaseTransport)
        return ApiClient(url, key.strip(), transport)

    def _settings(self) -> Settings:
        try:
            return load_settings(self.config)
        except ConfigError as error:
            raise click.ClickException(f"the settings are wrong:\n{error}") from None

    def _local_key(self, url: str) -> str:
        if not is_loopback(url):
            raise ApiError(f"which key for {url}? Give --key, or set {KEY_VARIABLE}")
        path = self._settings().admin_key_path
        try:
            return path.read_text("ascii")
        except FileNotFoundError:
            raise ApiError(
                f"there is no key in {path}, where a server leaves one at its first start. Run "
                "this where `auctiond serve` runs, name its settings with --config, or give --key "
                f"({KEY_VARIABLE})"
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no key"
            raise ApiError(
                f"the key in {path} cannot be read: {why}; run this as the user of the server, "
                f"or give --key ({KEY_VARIABLE})"
            ) from None


def local_url(settings: Settings) -> str:
    """Return where the server of these settings answers on this machine."""
    host, _, port = settings.listen.rpartition(":")
    return f"http://{ANY.get(host, host)}:{port}"


def server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --url, --key and --config, and in their place the argument `server`."""

    @wraps(command)
    def with_server(*, url: str | None, key: str | None, config: Path | None, **more: Any) -> Any:  # noqa: ANN401
        return command(server=ServerPlace(url, key, config), **more)

    options = (
        click.option(
            "--url", envvar=URL_VARIABLE, help=f"The server [{URL_VARIABLE}; else local]."
        ),
        click.option(
            "--key", envvar=KEY_VARIABLE, help=f"An API key [{KEY_VARIABLE}; else local]."
        ),
        click.option(
            "--config", type=click.Path(path_type=Path), help="The local server's settings."
        ),
    )
    for option in reversed(options):
        with_server = option(with_server)
    return with_server
