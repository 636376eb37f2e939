"""Where calls are placed."""

from collections import Counter

from auctiond.workers.hints import hint_of, hinted
from auctiond.workers.members import place

KEYS = [f"telnyx|session-{n}" for n in range(3000)]


def test_nobody_takes_a_call_where_nobody_is():
    assert place("key", []) is None


def test_calls_are_spread_evenly_and_whoever_asks_gets_the_same():
    counts = Counter(place(key, (0, 1, 2)) for key in KEYS)
    assert all(900 < counts[slot] < 1100 for slot in (0, 1, 2))
    assert [place(key, (2, 0, 1)) for key in KEYS] == [place(key, (0, 1, 2)) for key in KEYS]


def test_who_leaves_gives_away_its_calls_and_moves_no_others():
    for key in KEYS:
        before = place(key, (0, 1, 2))
        after = place(key, (0, 2))
        assert after == before or before == 1


def test_the_hint_of_a_url_is_read_back_and_nonsense_is_none():
    assert [hinted(hint_of(slot).removeprefix("?")) for slot in (0, 7, 63)] == [0, 7, 63]
    assert hinted("a=1&w=2&b") == 2
    assert [hinted(query) for query in ("", "w=", "w=x", "w=-1", "x=1", "w=\u0662")] == [None] * 6
