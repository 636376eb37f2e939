"""When the garbage collector may stop everything: seldom for long, and never for what is loaded."""

from __future__ import annotations

import gc

# New objects, young collections, middle ones: what triggers the next size. An auction keeps its
# objects for a second, so larger young generations are walked in vain: at 700 and 5 a pause took
# 2 to 5 ms, at 2000 and 20 up to 60 (`bench auction`, one machine). A full collection walks all
# live calls; reference counting frees those, so every 3.5 million objects is often enough.
THRESHOLDS = (700, 5, 1000)


def settle_garbage() -> None:
    """Collect once, leave what is loaded by now out of later collections, and make those short."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
