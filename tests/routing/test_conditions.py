"""Conditions in text mean what they say, and what they cannot know they refuse."""

import pytest
from hypothesis import given

from market.condition import And, Comparison, Not, Or
from market.network import Filter
from routing.condition_compiling import (
    PatternError,
    compile_condition,
    compile_pattern,
    values_of,
)
from routing.condition_text import read_condition
from routing.condition_words import ConditionError
from routing.condition_writing import condition_text
from routing.filters import compile_filters, first_miss
from tests.routing.conditions import CONDITIONS, FACTS, LISTS, truth

COMPILED_LISTS = {name: values_of(values) for name, values in LISTS.items()}
OREGON, INDIANA = (Comparison("state", "in", (state,)) for state in ("OR", "IN"))
ADULT = Comparison("ivr.age", "between", ("18", "65"))
ZIP, AGE = Comparison("zip", "in", ("90210",)), Comparison("ivr.age", ">=", ("65",))


def holds(text, **facts):
    known = {name.replace("__", "."): value for name, value in facts.items()}
    return compile_condition(read_condition(text), COMPILED_LISTS).holds(known)


@given(CONDITIONS, FACTS)
def test_a_compiled_condition_is_true_exactly_where_the_three_valued_one_is(condition, facts):
    expected = truth(condition, facts) is True
    assert compile_condition(condition, COMPILED_LISTS).holds(facts) is expected


@given(CONDITIONS, FACTS)
def test_a_filter_names_a_miss_exactly_where_the_condition_is_not_true(condition, facts):
    rules = compile_filters([Filter(condition=condition)], COMPILED_LISTS)
    assert (first_miss(rules, facts) == "") is (truth(condition, facts) is True)


@given(CONDITIONS)
def test_a_condition_that_is_written_reads_back_equal(condition):
    assert read_condition(condition_text(condition)) == condition


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("zip = 90210 or zip = 90210 and ivr.age >= 65", Or((ZIP, And((ZIP, AGE))))),
        ("(zip = 90210 or zip = 90210) and ivr.age >= 65", And((Or((ZIP, ZIP)), AGE))),
        ("not zip = 90210 and ivr.age >= 65", And((Not(ZIP), AGE))),
        ("not (zip = 90210 and ivr.age >= 65)", Not(And((ZIP, AGE)))),
        ("zip != 90210", Not(ZIP)),
        ("zip not in (90210)", Not(ZIP)),
        ("not zip not in (90210)", Not(Not(ZIP))),
        ("state in (OR, IN)", Comparison("state", "in", ("OR", "IN"))),
        ("state = OR or state=IN", Or((OREGON, INDIANA))),
        ("ivr.x = 'it''s, or not'", Comparison("ivr.x", "in", ("it's, or not",))),
        ('ivr.x = "a ""b"""', Comparison("ivr.x", "in", ('a "b"',))),
        ("zip in list:bad-zips", Comparison("zip", "in", ("list:bad-zips",))),
        ("zip is missing", Not(Comparison("zip", "present"))),
        ("zip begins with (90, 91)", Comparison("zip", "begins_with", ("90", "91"))),
        ("ivr.age between 18 and 65 and zip=90210", And((ADULT, ZIP))),
        ("  zip\n =\t90210 ", ZIP),
    ],
)  # fmt: skip
def test_text_means_what_it_says(text, meaning):
    assert read_condition(text) == meaning


@pytest.mark.parametrize(
    ("text", "found", "right"),
    [
        ("", "column 1: the end", "a field"),
        ("zip", "column 4: the end", "between"),
        ("zip = ", "column 6: the end", "a value"),
        ("zip = and", "column 7: and", "in quotes"),
        ("zip = ''", "column 7: ''", "not empty"),
        ("zip in (1, 2", "column 13: the end", "a comma"),
        ("(zip = 1", "column 9: the end", "a closing bracket"),
        ("zip = 1)", "column 8: )", "and, or, or the end"),
        ("zip = 1 AND zip = 2", "column 9: AND", "and is written in small letters"),
        ("zip = 1 zip = 2", "column 9: zip", "and, or"),
        ("ivr.age > old", "column 11: old", "a number"),
        ("ivr.age > 1.", "column 11: 1.", "a number"),
        ("ivr.age between 1 or 2", "column 19: or", "and, with"),
        ("zip matches 9.*", "column 13: 9.*", "in quotes"),
        ("zip = 'open", "column 7: '", "a word"),
        ("zip ; 1", "column 5: ;", "a word"),
        ("Zip = 1", "column 1: Zip", "a field"),
        ("zip is\nnot 3", "line 1, column 5: is", "is present"),
        ("zip = 1\nand 'x' = 1", "line 2, column 5: 'x'", "a field"),
        ("zip = 1 or " * 400 + "zip = 1", "column 4001: 4407 characters", "at most 4000"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text, found, right):
    with pytest.raises(ConditionError) as caught:
        read_condition(text)
    assert caught.value.found == found
    assert right in caught.value.right


@pytest.mark.parametrize("deep", ["(" * 500 + "zip = 1", "not " * 500 + "zip = 1"])
def test_nesting_has_an_end(deep):
    with pytest.raises(ConditionError, match="at most 20 brackets"):
        read_condition(deep)


@pytest.mark.parametrize(
    "text",
    ["zip = 1", "zip != 1", "not zip = 1", "zip not in (1)", "not zip contains 2", "zip > 1",
     "not zip > 1", "not zip matches '^1'", "zip is present", "not (zip = 1 or zip = 2)"],
)  # fmt: skip
def test_what_is_unknown_passes_nothing_negated_or_not(text):
    assert not holds(text)
    assert not holds(text, zip="")


def test_an_or_with_something_unknown_is_true_by_its_other_part():
    assert holds("zip = 90210 or state = TX", state="TX")
    assert not holds("zip = 90210 and state = TX", state="TX")
    assert holds("zip is missing or zip = 90210", state="TX")


@pytest.mark.parametrize(
    ("text", "age", "expected"),
    [
        ("ivr.age >= 65", "65", True),
        ("ivr.age > 65", "65.0", False),
        ("ivr.age > 65", "065.5", True),
        ("ivr.age < 65", "100", False),  # As texts, "100" is less.
        ("ivr.age <= 65", "65", True),
        ("ivr.age between 18 and 65", "18", True),
        ("ivr.age between 18 and 65", "66", False),
        ("ivr.age = 65", "065", False),  # Equality is of texts.
        ("ivr.age > 65", "old", False),
        ("not ivr.age > 65", "old", False),  # No number: unknown, and so is its opposite.
        ("ivr.age > 65", "nan", False),
        ("ivr.age < 65", "-inf", False),
        ("ivr.age < 65", "\u0661", False),  # A digit, but none of ours.
        ("ivr.age < 65", "1e1", False),
    ],
)
def test_numbers_are_compared_as_numbers_and_texts_as_texts(text, age, expected):
    assert holds(text, ivr__age=age) is expected


def test_a_pattern_that_would_never_end_elsewhere_ends_here():
    pattern = compile_pattern("(a+)+$")
    assert pattern.search("a" * 20_000 + "b") is None
    assert pattern.search("a" * 20_000) is not None


@pytest.mark.parametrize(
    "pattern", ["(a", "a{1000}{1000}", "((a{99}){99}){99}", "(?=a)", "x" * 301]
)
def test_a_pattern_that_cannot_be_bounded_is_refused(pattern):
    with pytest.raises(PatternError):
        compile_pattern(pattern)


def test_the_parts_of_an_and_are_named_apart_and_a_name_stands_for_all():
    condition = read_condition("state = TX and (zip = 79936 or ivr.age > 65)")
    rules = compile_filters([Filter(condition=condition)])
    assert first_miss(rules, {"state": "CA", "zip": "79936"}) == "state"
    assert first_miss(rules, {"state": "TX", "zip": "1"}) == "zip,ivr.age"
    named = compile_filters([Filter(condition=condition, name="texas")])
    assert first_miss(named, {"state": "TX", "zip": "1"}) == "texas"


def test_a_list_is_in_memory_once():
    condition = read_condition("zip in list:some")
    trees = [compile_condition(condition, COMPILED_LISTS) for _ in range(2)]
    assert trees[0].values is trees[1].values
