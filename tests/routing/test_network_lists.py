"""Lists stand in the network file, or in a CSV file beside it, and conditions name them."""

import pytest

from market.network import ValueList
from routing.network_file import read_network, write_network
from routing.snapshot import compile_network
from tests.routing.small_file import SMALL, changed, problems

IN_FILE = '\n[[list]]\nid = "zips"\nfile = "zips.csv"\n'
SHORT = 'field = "state"\nany_of = ["CA"]'


def read(csv, text=SMALL + IN_FILE):
    return read_network(text, "net.toml", beside={"zips.csv": csv}.__getitem__).lists[0]


def wrong(text, beside=None):
    (problem,) = problems(text, beside=beside)
    return problem


def test_a_list_is_read_from_a_file_beside_the_network_file():
    csv = "zip,bid\n90210, 2.50\n\n10001\n9*,-1\n10001\n"
    expected = ValueList("zips", ("90210", "10001", "9*"), {"90210": "2.50", "9*": "-1"})
    assert read(csv) == expected
    assert read("\ufeff90210\n") == ValueList("zips", ("90210",))


def test_what_was_read_from_a_file_is_written_into_the_network_itself():
    network = read_network(SMALL + IN_FILE, "net.toml", beside=lambda name: "90210,3\n")
    assert read_network(write_network(network), "export") == network


@pytest.mark.parametrize(
    ("csv", "key", "found"),
    [
        ("", "list[0].values", "an empty list"),
        ("9*0\n", "list[0].values[0]", "9*0"),
        ("90210,two\n", "list[0].amounts.90210", "two"),
        (",3\n1\n", "list[0].values[0]", '""'),
        ('90210,"2\n', "list[0].file", "zips.csv"),
    ],
)
def test_a_bad_file_is_told_with_what_was_found(csv, key, found):
    problem = wrong(SMALL + IN_FILE, lambda name: csv)
    assert (problem.key, found in problem.found) == (key, True), problem


def test_a_file_that_cannot_be_read_is_a_problem_of_the_network():
    def missing(name):
        raise FileNotFoundError(2, "No such file", name)

    assert "No such file" in wrong(SMALL + IN_FILE, missing).found


@pytest.mark.parametrize("name", ["../zips.csv", "/etc/passwd", "zips.txt", ".csv", "a/b.csv"])
def test_only_files_of_the_same_folder_are_read(name):
    text = SMALL + IN_FILE.replace("zips.csv", name)
    assert wrong(text, lambda _: pytest.fail("read it")).found == f'"{name}"'


def test_a_server_that_is_sent_a_network_reads_no_files():
    assert wrong(SMALL + IN_FILE).key == "list[0].file"


@pytest.mark.parametrize(
    ("lines", "key", "found"),
    [
        ("", "values", "nothing"),
        ('values = ["1"]\nfile = "zips.csv"', "file", "a file beside values"),
        ('values = ["1"]\n[list.amounts]\n2 = "1"', "amounts", "2"),
        ('values = ["*x"]', "values[0]", "*x"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(lines, key, found):
    problem = wrong(f'{SMALL}\n[[list]]\nid = "zips"\n{lines}\n', lambda name: "90210\n")
    assert (problem.key, found in problem.found) == (f"list[0].{key}", True), problem


ZIPS = """
[[list]]
id = "zips"
values = ["90210", "9*"]

[list.amounts]
90210 = "-2"
"""


@pytest.mark.parametrize(
    ("modifier", "found"),
    [
        ('action = "add"\nlist = "zips"', 'no amount for "9*"'),
        ('action = "override"\namount = "1"\nlist = "zips"', '"-2" for "90210"'),
        ('action = "reject"\nlist = "zips"\nfield = "state"', '"90210" in list:zips'),
    ],
)
def test_a_modifier_must_find_an_amount_that_makes_sense_for_every_value(modifier, found):
    problem = wrong(f"{SMALL}\n[[target.modifier]]\n{modifier}\n{ZIPS}")
    assert (problem.key, found in problem.found) == ("target[1].modifier[0].list", True), problem


def test_modifiers_by_the_hundred_belong_into_a_list():
    one = '[[target.modifier]]\naction = "add"\namount = "1"\n'
    read_network(SMALL + one * 100, "net.toml")
    assert wrong(SMALL + one * 101).found == "101 modifiers"


def test_a_condition_names_a_list_and_its_values_must_fit_the_field():
    text = changed(SHORT, 'condition = "not zip in list:bad"') + '\n[[list]]\nid = "bad"\n'
    network = read_network(text + 'values = ["90210", "9*"]\n', "net.toml")
    (rule,) = compile_network(1, network).tier("auto", 0).candidates[0].rules
    assert rule.name == "zip"
    assert rule.passes({"zip": "10001"})
    assert not rule.passes({"zip": "90001"})
    assert not rule.passes({})
    problem = wrong(text + 'values = ["90210", "Texas"]\n')
    assert (problem.key, problem.found) == (
        "target[0].filter[0].condition",
        '"Texas" in list:bad, compared with zip',
    )
