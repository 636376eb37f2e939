"""Who we are in the database: each connection has the rights of one role, and those are few.

owner      has the tables; nobody logs in as it
migrator   may become the owner, to bring the tables to their newest form
app        the server: adds and reads, in the ledger through functions alone
reader     people's reports; sees nothing that is sealed
auditor    reads all of the ledger, and nothing else
retention  takes away what is over its time
"""

from __future__ import annotations

APP = "auctiond_app"
MIGRATOR = "auctiond_migrator"
AUDITOR = "auctiond_auditor"
RETENTION = "auctiond_retention"


def beside(url: str, role: str, wanted: str) -> tuple[str, str]:
    """Return url and role of a connection like the app's, as `wanted`; of another's, unchanged.

    The app logs in as itself (the url says so), or is a role that the url's user takes on.
    """
    if role == APP:
        return url, wanted
    return url.replace(f"//{APP}@", f"//{wanted}@", 1), role
