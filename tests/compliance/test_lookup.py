"""Look-ups: every file of the library keeps its own cases, and in doubt nobody is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.lookup import (
    LookupFileError,
    read_answer,
    read_format,
    shipped_formats,
    write_question,
)
from market.http import HttpReply

FORMATS = shipped_formats()
CASES = [
    pytest.param(form, case, id=f"{name} {at}")
    for name, form in FORMATS.items()
    for at, case in enumerate(form.cases)
]
NUMBER = "+12125550123"


@pytest.mark.parametrize(("form", "case"), CASES)
def test_a_file_reads_the_answers_of_its_service(form, case):
    assert read_answer(form, case.reply) == case.right


@pytest.mark.parametrize("name", FORMATS)
def test_every_file_has_a_case_of_each_kind(name):
    assert {case.right for case in FORMATS[name].cases} == {"clear", "listed", "unknown"}


@pytest.mark.parametrize("name", FORMATS)
def test_a_question_names_the_number_and_fills_in_all_secrets(name):
    form = FORMATS[name]
    secrets = dict.fromkeys(form.secrets, "a/b c")
    asked = write_question(form, NUMBER, secrets, "" if form.url else "https://own.example/q")
    text = asked.url + asked.body.decode() + str(asked.headers)
    assert "2125550123" in text
    assert "{" not in asked.url
    assert all(one in text for one in ("a/b c",)) or "a%2Fb%20c" in text


@pytest.mark.parametrize("name", FORMATS)
@given(body=st.binary(max_size=60), status=st.sampled_from([200, 204, 302, 403, 404, 500]))
def test_what_is_not_the_answer_of_the_service_clears_nobody(name, body, status):
    form = FORMATS[name]
    assert read_answer(form, HttpReply(status, (), body)) == "unknown"


def test_an_answer_that_says_both_says_nothing():
    form = read_format(PLAIN + 'listed = {path = "a", values = ["1"]}\n' + BOTH)
    assert read_answer(form, HttpReply(200, (), b'{"a": 1, "b": "ok"}')) == "unknown"
    assert read_answer(form, HttpReply(200, (), b'{"a": 0, "b": "ok"}')) == "clear"


PLAIN = 'title = "t"\nmethod = "GET"\nurl = "https://x.example/{digits}"\n'
BOTH = 'clear = {path = "b", values = ["ok"]}\n'
SIGNS = 'listed = {path = "a.b", values = ["1"]}\n' + BOTH


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("=", "the file: expected TOML"),
        (PLAIN.replace("GET", "PUT") + SIGNS, "method: expected"),
        (PLAIN + BOTH, "listed: expected a path"),
        (PLAIN + SIGNS + "more = 1\n", "more: expected one of"),
        (PLAIN.replace("digits", "phone") + SIGNS, "url: expected {digits}"),
        (PLAIN + SIGNS.replace("a.b", "a.b.c.d.e.f.g.h.i"), "listed.path: expected at most"),
        (PLAIN + SIGNS + '[[case]]\nright = "good"\n', "case[0].right: expected"),
        (SIGNS + 'method = "GET"\n', "title: expected a text"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(text, says):
    with pytest.raises(LookupFileError) as error:
        read_format(text)
    assert str(error.value).startswith(says)
