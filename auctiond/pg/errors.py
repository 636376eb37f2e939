"""What can go wrong with the database, named by fault. No error carries a value of a row."""

from __future__ import annotations


class PgError(Exception):
    """PostgreSQL refused the statement: `sqlstate` says why, `constraint` which rule."""

    def __init__(self, message: str, sqlstate: str = "", constraint: str = "") -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.constraint = constraint


class PgAway(Exception):
    """The database cannot be reached, or left in mid-statement: what was asked may be done or not.

    Ask again with the same ids; they make that safe.
    """
