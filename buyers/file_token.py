"""Read from a buyer's file how a token is fetched: the [token] of OAuth 2.0. Pure.

Source: RFC 6749 sections 4.4 (client credentials), 5.1 (the answer) and 6 (refreshing).
"""

from __future__ import annotations

from dataclasses import replace

from buyers.file_answer import accept_of, read_answer, read_expiry
from buyers.file_request import read_request
from buyers.file_selector import read_selectors
from buyers.file_words import Words
from buyers.format import AnswerKind, Expiry, Selector, TokenForm
from buyers.table import Table
from buyers.words import TOKEN

USUAL_S = 300  # Where neither answer nor file says how long it lasts: short, so rarely stale.
LASTS_MIN_S, LASTS_MAX_S = 30, 30 * 86_400  # Shorter is fetched all the time; longer is no token.


def read_token_form(table: Table, words: Words) -> TokenForm:
    """Return how the token is fetched."""
    ask, said = table.table("request"), table.table("response")
    plain = replace(words, more=words.more - {TOKEN})  # It cannot carry itself.
    answer, kind = read_answer(said)
    lasts_s = said.integer("lasts_s", USUAL_S)
    if not LASTS_MIN_S <= lasts_s <= LASTS_MAX_S:
        said.fail("lasts_s", f"found {lasts_s}", f"{LASTS_MIN_S} to {LASTS_MAX_S} seconds")
    form = TokenForm(
        request=read_request(ask, "token", plain, accept_of(said)),
        answer=answer,
        token=_token(said, kind),
        expires=_expires(said, kind),
        lasts_s=float(lasts_s),
    )
    said.done()
    table.done()
    return form


def _token(said: Table, kind: AnswerKind) -> tuple[Selector, ...]:
    found = read_selectors(said, "token", kind)
    if not found and kind == "json":
        return read_selectors(_usual({"token": "access_token"}, said), "token", kind)
    if not found:
        said.fail("token", "missing", "where the token stands in the answer")
    return found


def _expires(said: Table, kind: AnswerKind) -> tuple[Expiry, ...]:
    found = tuple(read_expiry(one, kind) for one in said.tables("expires"))
    if found or kind != "json":
        return found
    return (read_expiry(_usual({"path": "expires_in", "as": "seconds"}, said), kind),)


def _usual(data: dict[str, object], beside: Table) -> Table:
    """Return a table that stands in for what the file need not say."""
    return Table(data, beside.file, beside.place, beside.path, beside.origins)
