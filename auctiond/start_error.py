"""What keeps a server from starting, in words for the person who starts it."""

from __future__ import annotations


class StartError(Exception):
    """The server cannot start. Says what is wrong, where, and what would be right."""


def first_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first error of a group that is none itself: one is what people can read."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
