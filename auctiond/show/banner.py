"""What a person at a terminal is told when the server is up. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from auctiond.carriers import begun, missing, set_up
from auctiond.config import Settings


def banner(
    settings: Settings, listen: str, network: int | None = None, metrics: Sequence[str] = ()
) -> str:
    """Return where the server listens, where its things are, and what comes next.

    `network` is not known here when workers serve; each of their `metrics` is at its own address.
    """
    data = settings.data_dir
    database = "the one of database_url" if settings.database_url else str(data / "postgres")
    rows = {
        "listening on": f"http://{listen}",
        "webhooks at": _hooks(settings, listen),
        "data in": str(data.absolute()),
        "database": database,
        "admin key": str(settings.admin_key_path),
        "key file": f"{settings.key_path}  (copy it to a safe place)",
        "network": f"version {network}" if network else "none yet: auctiond network apply FILE",
    }
    if network is None:
        del rows["network"]
    if metrics:
        rows["workers"] = f"{settings.workers}, which tell their metrics at"
        rows["metrics"] = ", ".join(metrics)
    for name in begun(settings):
        if gaps := missing(settings, name):
            are = "is" if len(gaps) == 1 else "are"
            rows[name] = f"not set up: {' and '.join(gaps)} {are} empty"
    if not set_up(settings):
        rows.setdefault("carrier", "none is set up, so no call can come")
    lines = (f"  {name:<12}  {text}" for name, text in rows.items())
    return "\n".join(["", "auctiond is up. Ctrl-C stops it.", "", *lines, ""])


def _hooks(settings: Settings, listen: str) -> str:
    names = list(set_up(settings)) or ["CARRIER"]
    reached_at = settings.public_url or f"http://{listen}"
    return ", ".join(f"{reached_at}/hooks/{name}" for name in names)
