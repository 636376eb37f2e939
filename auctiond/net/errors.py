"""Why a request got no whole answer. Pure."""

from __future__ import annotations


class WireError(Exception):
    """No whole answer: `reason` is a code of market/reasons.py, `detail` says more to an operator.

    The reasons: connect_error, tls_error, dropped, too_large, unparseable (what came is not
    HTTP), refused_address, throttled.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
