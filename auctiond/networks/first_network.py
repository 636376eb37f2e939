"""The network that the server starts with: the newest one stored, or the settings' file."""

from __future__ import annotations

from pathlib import Path

import trio

from auctiond.networks.applying import Applying, NotApplied
from auctiond.networks.network_book import NetworkUnfit
from auctiond.start_error import StartError
from compliance.sealing import SealBroken
from routing.network_file import NetworkError


async def load_network(applying: Applying, first: Path | None) -> None:
    """Make the newest network current; where there is none yet, apply the file `first`."""
    try:
        if await applying.load() or first is None:
            return
    except (NetworkUnfit, NetworkError, SealBroken) as error:
        raise StartError(f"the network in force cannot be used:\n{error}") from None
    try:
        text = await trio.Path(first).read_text("utf-8")
        await applying.apply(text, by="network_file", expected=0)
    except NotApplied as error:
        problems = "\n".join([error.title, *error.problems])
        raise StartError(f"network_file: {first}: {problems}") from None
    except OSError as error:
        raise StartError(f"network_file: {first}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StartError(f"network_file: {first}: no text in UTF-8") from None
