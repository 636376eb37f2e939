"""The network that the server starts with: the newest one stored, or the settings' file."""

from __future__ import annotations

from pathlib import Path

import trio

from auctiond.networks.applying import Applying, NotApplied
from auctiond.networks.network_book import NetworkUnfit
from auctiond.networks.reading import read_file
from auctiond.pg.networks import Act
from auctiond.start_error import StartError
from compliance.sealing import SealBroken
from routing.network_file import NetworkError, write_network


async def load_network(applying: Applying, first: Path | None) -> None:
    """Make the newest network current; where there is none yet, apply the file `first`."""
    try:
        if await applying.load() or first is None:
            return
    except (NetworkUnfit, NetworkError, SealBroken) as error:
        raise StartError(f"the network in force cannot be used:\n{error}") from None
    try:
        network = await trio.to_thread.run_sync(read_file, first, applying.formats.keys())
        await applying.apply(write_network(network), expected=0, act=Act("network_file"))
    except NotApplied as error:
        problems = "\n".join([error.title, *error.problems])
        raise StartError(f"network_file: {first}: {problems}") from None
    except NetworkError as error:
        raise StartError(f"the network is refused:\n{error}") from None
    except OSError as error:
        raise StartError(f"network_file: {first}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StartError(f"network_file: {first}: no text in UTF-8") from None
