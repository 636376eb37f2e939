"""What a request about money says is taken only where the ledger, and a calendar, can take it."""

import pytest

from auctiond.web.money_body import word_in
from auctiond.web.payouts import moment_of
from auctiond.web.problems import Problem
from ledger.checks import REASON


@pytest.mark.parametrize("word", ["goodwill", "wrong-number", "a" * 60])
def test_a_reason_is_one_that_the_ledger_takes(word):
    assert REASON.fullmatch(word_in({"reason": word}, "reason"))


@pytest.mark.parametrize("word", ["wrong:number", "a" * 61, "Jane Roe", "", None])
def test_what_the_ledger_would_refuse_is_refused_before_anything_is_on_record(word):
    with pytest.raises(Problem):
        word_in({"reason": word}, "reason")


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "soon"])
def test_a_time_that_cannot_be_reckoned_with_is_refused(text):
    with pytest.raises(Problem):
        moment_of(text)
    assert moment_of("2026-11-30") is not None
