"""Read from a buyer's file how it is tried without buying: the table [test]. Pure.

What [test.request] says lies over [ping.request], as a file lies over its base.
"""

from __future__ import annotations

from collections.abc import Mapping

from buyers.base import lay_over
from buyers.file_case import ASK, open_table
from buyers.file_request import read_request
from buyers.file_words import Words
from buyers.format import Trial
from buyers.table import Table


def read_trial(table: Table, ping: Mapping[str, object], words: Words, accept: str) -> Trial | None:
    """Return the test mode of the format whose ping's request is `ping`, or None."""
    if "test" not in table:
        return None
    test = table.table("test")
    over = open_table(test.table("request"))
    request = Table(lay_over(ping, over), table.file, test.at("request"),
                    (*test.path, "request"), table.origins)  # fmt: skip
    ask = open_table(test.table("ask"))
    for name in ask:
        if name not in ASK and not name.startswith("ivr."):
            test.fail(f"ask.{name}", "no such key", f"keys here are: {', '.join(ASK)}")
    mode = Trial(
        about=test.text("about", ""),
        ping=read_request(request, "ping", words, accept),
        ask=ask,
        url_has=test.text("url_has", ""),
    )
    if not over and not ask and not mode.url_has:
        right = "[test.request] (a flag, an url), [test.ask] (a zip that always bids), or url_has"
        test.fail("", "nothing that makes it a test", right)
    test.done()
    return mode
