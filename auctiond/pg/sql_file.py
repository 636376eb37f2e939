"""Read the queries of a .sql file: `-- name --`, a comment that says what it does, the query."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
_TITLE = re.compile(r"^-- (\w+) --$", re.MULTILINE)


def read_queries(name: str, folder: Path = FOLDER) -> dict[str, str]:
    """Return the queries of `name`.sql by their names."""
    path = folder / f"{name}.sql"
    parts = _TITLE.split(path.read_text(encoding="utf-8"))
    queries: dict[str, str] = {}
    for title, text in zip(parts[1::2], parts[2::2], strict=True):
        if title in queries:
            raise ValueError(f"{path}: two queries are named {title!r}; rename one")
        if not text.strip():
            raise ValueError(f"{path}: nothing stands under -- {title} --")
        queries[title] = text.strip()
    if not queries:
        raise ValueError(f"{path}: no query found; each begins with a line `-- name --`")
    return queries
