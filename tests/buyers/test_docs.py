"""docs/buyers.md teaches the whole language: every word of it, and its examples work."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from buyers.cases import run_cases
from buyers.decode import MENDS
from buyers.file_body import BELONGS, ENCODINGS, ESCAPES
from buyers.file_rules import ASKED
from buyers.file_selector import KEYS
from buyers.filter_names import ARGUED, HMACS, PLAIN
from buyers.filters import MONEY_FILTERS
from buyers.format import AnswerKind, ExpiryKind, PriceUnit
from buyers.library import load_format, read_format
from buyers.words import NAMES, PERSONAL

TEXT = (Path(__file__).parents[2] / "docs" / "buyers.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", TEXT, flags=re.M | re.S)
HASHES = [f"_{name.partition('_')[2]}" for name in HMACS if name != "hmac_sha256"]
WORDS = {
    *PLAIN, *ARGUED, *MONEY_FILTERS, *ENCODINGS, *ESCAPES, *BELONGS, *ASKED, *KEYS, *HASHES,
    *get_args(AnswerKind), *get_args(ExpiryKind), *get_args(PriceUnit), "hmac_sha256",
    *(name for mends in MENDS.values() for name in mends),
}  # fmt: skip


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_is_explained(word):
    spans = re.findall(r"`([^`\n]+)`", TEXT) + EXAMPLES
    assert any(re.search(rf"(?<!\w){word}(?!\w)", span) for span in spans)


@pytest.mark.parametrize("name", sorted({*PERSONAL, *(n for s in NAMES.values() for n in s)}))
def test_every_placeholder_is_explained(name):
    assert f"{{{name}}}" in TEXT


def test_the_whole_file_is_one_that_passes():
    form = read_format(tomllib.loads(EXAMPLES[1]), "acme", "docs/buyers.md")
    assert [run.problems for run in run_cases(form)] == [()]
    assert form.test is not None


def test_the_few_lines_over_a_base_load(tmp_path):
    path = tmp_path / "acme.toml"
    path.write_text(EXAMPLES[0])
    assert load_format(path).url.endswith("/new_api/api.php")


@pytest.mark.parametrize("example", EXAMPLES[2:])
def test_a_piece_of_a_file_fits_into_one(example, tmp_path):
    more = "" if "boberdoo" in example else 'base = "call_platform"\nremove = ["ping.request"]\n'
    keys = "[secrets]\nkey = 'x'\nsigning = 'x'\n"
    path = tmp_path / "piece.toml"
    url = "" if "[ping.request]\n" in example else "[ping.request]\nurl = '{url}'\n"
    path.write_text(f"{more}{keys}{url}{example}")
    load_format(path)
