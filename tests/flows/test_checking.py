"""What is refused of a flow, and in which words."""

from __future__ import annotations

import pytest

from tests.flows.small import BYE, HELLO, SELL, SMALL, ZIP, problems


def node(kind: str, more: str, id_: str = "new") -> str:
    """Return a node's text."""
    return f'[[node]]\nid = "{id_}"\nkind = "{kind}"\n{more}\n'


def test_the_small_flow_is_good() -> None:
    assert problems(SMALL) == []


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        (SMALL.replace('next = "zip"', 'next = "zap"'), "node[0].next", "unknown node"),
        (SMALL.replace('begin = "hello"', 'begin = "helo"'), "begin", "unknown node"),
        (SMALL.replace('id = "sell"', 'id = "zip"'), "node[2].id", "second"),
        (SMALL + node("say", 'say = "x"\nnext = "bye"'), "node[4]", "nothing leads to"),
        (SMALL.replace('kind = "say"', 'kind = "sing"'), "node[0].kind", "ring_group"),
        (SMALL.replace('say = "Hello."\n', ""), "node[0].say", "nothing"),
        (SMALL.replace('say = "Hello."', 'say = ""'), "node[0].say", "hear"),
        (SMALL.replace('otherwise = "bye"', 'otherwise = "zip"'), "node[1]", "loop"),
        (SMALL.replace('unsold = "bye"', 'unsold = "sell"'), "node[2]", "loop"),
        (SMALL.replace('unsold = "bye"', 'unsold = "hello"'), "node[2]", "loop"),
        (SMALL.replace('"zip"]', '"ivr.age"]'), "node[2].needs[0]", "not every way"),
        (SMALL.replace('otherwise = "bye"', 'otherwise = "sell"'), "node[2].needs[0]", "not every"),
        (SMALL.replace('check = "zip"', 'check = "zip"\ndigits = 4'), "node[1].digits", "check"),
        (SMALL.replace('check = "zip"', 'check = "zip"\ntries = 9'), "node[1].tries", "1..5"),
        (SMALL.replace("needs", "need"), "node[2].need", "unknown key"),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, place: str, told: str) -> None:
    found = problems(text)
    assert any(one.startswith(f"{place}: ") and told in one for one in found), found


@pytest.mark.parametrize(
    ("kind", "more", "place"),
    [
        ("menu", 'say = "?"\nchoices = {}\notherwise = "bye"', "choices"),
        ("menu", 'say = "?"\nchoices = { a = "bye" }\notherwise = "bye"', "choices.a"),
        ("goto", 'to = "bye"\nmost = 2', "otherwise"),
        ("ring_group", 'to = []\nunanswered = "bye"', "to"),
        (
            "ring_group",
            'to = ["+12125550100"]\norder = "weighted"\nunanswered = "bye"',
            "weights",
        ),
        ("dial", 'to = "911"\nunanswered = "bye"', "to"),
        ("webhook", 'url = "http://example.com"\nnext = "bye"\nfailed = "bye"', "url"),
        ("webhook", 'url = "https://e.com"\nkey = "abc"\nnext = "bye"\nfailed = "bye"', "key"),
        ("queue", 'wait_s = 10\nagain_s = 20\nnext = "bye"\nover = "bye"\nfull = "bye"', "again_s"),
        ("queue", 'next = "bye"\nover = "bye"\nfull = "bye"', "next"),
        ("consent", 'say = "?"\naccept = "1"\ndecline = "1"\nnext = "bye"', "decline"),
        ("condition", 'if = "ivr.age > 5"\nyes = "bye"\nno = "bye"', "if"),
        ("condition", 'if = "age >"\nyes = "bye"\nno = "bye"', "if"),
        ("gather", 'say = "?"\nkeep_as = "Age"\nnext = "bye"\notherwise = "bye"', "keep_as"),
        ("gather", 'say = "?"\nnext = "bye"\notherwise = "bye"', "keep_as"),
        ("language", 'language = "Spanish"\nnext = "bye"', "language"),
    ],
)
def test_mistakes_inside_a_node(kind: str, more: str, place: str) -> None:
    text = HELLO.replace('"zip"', '"new"') + node(kind, more) + BYE
    found = problems(text)
    assert any(one.startswith(f"node[1].{place}: ") for one in found), found


def test_a_loop_that_needs_the_caller_is_none() -> None:
    menu = node("menu", 'say = "9?"\nchoices = { 9 = "hello" }\notherwise = "bye"')
    assert problems(HELLO.replace('"zip"', '"new"') + menu + BYE) == []


def test_a_bounded_goto_may_go_back() -> None:
    back = node("goto", 'to = "zip"\nmost = 2\notherwise = "bye"', "back")
    text = HELLO + ZIP.replace('otherwise = "bye"', 'otherwise = "back"') + SELL + BYE + back
    assert problems(text) == []


def test_all_that_is_wrong_is_told_at_once() -> None:
    text = SMALL.replace('say = "Hello."\n', "").replace("needs", "need")
    assert len(problems(text)) == 2


def test_what_is_no_toml_is_told() -> None:
    assert "TOML" in problems("begin = ")[0]
