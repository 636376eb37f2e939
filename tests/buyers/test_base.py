"""Files that rest on other files, and on which line a mistake stands."""

from __future__ import annotations

import pytest

from buyers.cases import run_cases
from buyers.errors import BuyerFileError
from buyers.library import LIBRARY, load_format, load_library
from buyers.lines import positions

ACME = """\
base = "boberdoo"
title = "Acme Solar"
url = "https://acme.leadportal.example/new_api/api.php"
settings.type = "33"
settings.src = "us"

[maps.roof]
asphalt = "1"
tile = "2"

[ping.request.fields]
Roof = "{ivr.roof|map:roof}"

[[case]]
name = "a bid"
ask = { "ivr.roof" = "tile" }
target = { url = "", settings = {} }
body = "<response><status>Matched</status><lead_id>7</lead_id><price>1.50</price></response>"
bid = { price = "1.50", destination = "+18005550100", billable_s = 90.0, ref = ["7"] }
[case.sends.form]
Key = "secret-key"
API_Action = "pingPostLead"
Mode = "ping"
Return_Best_Price = "1"
TYPE = "33"
SRC = "us"
Zip = "10001"
State = "NY"
Roof = "2"

[[case]]
name = "a roof they have no word for"
ask = { "ivr.roof" = "thatch" }
target = { url = "", settings = {} }
no_ping = "ivr.roof"
"""


def put(folder, name, text):
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path) -> BuyerFileError:
    with pytest.raises(BuyerFileError) as caught:
        load_format(path)
    return caught.value


def test_a_buyer_is_a_few_lines_over_its_base(tmp_path):
    form = load_format(put(tmp_path, "acme", ACME))
    assert [run.problems for run in run_cases(form)] == [(), ()]
    assert form.settings["type"].default == "33"
    assert form.settings["type"].about.startswith("TYPE")
    assert form.post is not None
    assert len(form.cases) == 2


def test_a_folder_of_the_operator_joins_the_library_and_wins(tmp_path):
    put(tmp_path, "acme", ACME)
    put(tmp_path, "boberdoo", 'base = "boberdoo"\ntitle = "Ours"\n')
    known = load_library(tmp_path)
    assert known.keys() == load_library().keys() | {"acme"}
    assert known["boberdoo"].title == "Ours"
    assert load_library()["boberdoo"].title == "boberdoo ping/post"
    assert load_library(tmp_path / "none").keys() == load_library().keys()


def test_what_a_base_has_too_many_is_removed(tmp_path):
    text = 'base = "boberdoo"\ntitle = "x"\nremove = ["post", "ping.request.fields.Pub_ID"]\n'
    form = load_format(put(tmp_path, "x", text))
    assert form.post is None
    assert "Pub_ID" not in dict(form.ping.body.fields)


@pytest.mark.parametrize(
    ("text", "line", "place", "says"),
    [
        ('title = "x"\nbase = "nobody"', 2, "base", "one of: adopt_a_contractor"),
        ('base = "../boberdoo"', 1, "base", "the name of a format"),
        ("base = 7", 1, "base", "the name of a format"),
        ('base = "x"', 1, "base", "there is no 'x'"),
        ('base = "boberdoo"\nremove = ["gone"]', 2, "remove", "the base has no 'gone'"),
        ('base = "boberdoo"\nremove = "gone"', 2, "remove", "a list like"),
        ('remove = ["gone"]', 1, "remove", "without a base"),
        ('title = "x"\n\n[ping.request]\nmethod =', 4, "file", "a TOML file"),
        (
            'base = "boberdoo"\n\n[ping.request.fields]\nANI = "{phone|sha256}"',
            4,
            "ping.request.fields.ANI",
            "a hash of it is as good as the thing itself",
        ),
        (
            'base = "boberdoo"\n[ping.response]\nrules = [\n'
            '{ then = "accept", path = "x", is = 1 },\n{ then = "reject", path = "y", s = 1 },\n]',
            5,
            "ping.response.rules[1].path",
            "path with one of: is",
        ),
        ('base = "boberdoo"\nsettings.type.one_off = ["1"]', 2, "settings.type.one_off", "one_of"),
        ('base = "boberdoo"\nurl = "ftp://x/"', 2, "url", "https://host/path"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(tmp_path, text, line, place, says):
    path = put(tmp_path, "x", text)
    error = refused(path)
    assert (error.file, error.line, error.place) == (str(path), line, place)
    assert says in str(error)
    assert str(error).startswith(f"{path}:{line}: {place}: ")


def test_a_mistake_of_the_base_is_told_with_the_bases_file(tmp_path):
    put(tmp_path, "under", 'title = "x"\n[ping.request]\nmethodd = "POST"\n[ping.response]\n')
    error = refused(put(tmp_path, "over", 'base = "under"\n[ping.response]\nprice = "p"\n'))
    assert (error.file, error.line) == (str(tmp_path / "under.toml"), 3)
    assert error.place == "ping.request.methodd"


def test_bases_in_a_circle_are_refused(tmp_path):
    put(tmp_path, "a", 'title = "a"\nbase = "b"')
    put(tmp_path, "b", 'base = "c"')
    path = put(tmp_path, "c", 'base = "a"')
    error = refused(tmp_path / "a.toml")
    assert (error.file, error.line) == (str(path), 1)
    assert "rests on this file in turn" in error.problem


def test_a_file_that_is_too_long_or_oddly_called_is_refused(tmp_path):
    assert "too long" in refused(put(tmp_path, "x", "#" * 300_000)).problem
    assert "no name for a format" in refused(put(tmp_path, "A b", "")).problem


def test_lines_of_all_ways_to_write_a_key():
    text = """\
# [not.a.table]
a = 1
b.c = \'\'\'
d = 2
\'\'\'
"e.f" = { g = 1, h = [ { i = "}" },
  { i = "x" } ] }
[t]
list = [
  1, # one
  2,
]
[[many]]
k = 1
[[many]]
k = 2
[many.sub]
'q' = "#"
"""
    assert positions(text) == {
        ("a",): 2,
        ("b",): 3,
        ("b", "c"): 3,
        ("e.f",): 6,
        ("e.f", "g"): 6,
        ("e.f", "h"): 6,
        ("e.f", "h", 0): 6,
        ("e.f", "h", 0, "i"): 6,
        ("e.f", "h", 1): 7,
        ("e.f", "h", 1, "i"): 7,
        ("t",): 8,
        ("t", "list"): 9,
        ("t", "list", 0): 10,
        ("t", "list", 1): 11,
        ("many",): 13,
        ("many", 0): 13,
        ("many", 0, "k"): 14,
        ("many", 1): 15,
        ("many", 1, "k"): 16,
        ("many", 1, "sub"): 17,
        ("many", 1, "sub", "q"): 18,
    }


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.toml")), ids=lambda path: path.stem)
def test_the_lines_of_our_files_are_those_where_the_keys_stand(path):
    text = path.read_text("utf-8")
    lines = text.splitlines()
    for key_path, line in positions(text).items():
        key = key_path[-1]
        assert isinstance(key, int) or str(key) in lines[line - 1]
