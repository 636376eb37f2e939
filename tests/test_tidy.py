"""The style guide, as far as a machine can hold it."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PURE = ("market", "buyers", "telephony", "routing", "compliance", "ledger", "billing")
TREES = (*PURE, "actors", "auctiond", "bench", "edge", "tests")
FUNCTION_LINES_MAX = 50
FILE_LINES_MAX = 300
BENCH_LINES_MAX = 149  # Who doubts a figure reads what measured it, at one sitting.
OUTLIVES_BUGS = "actors/shelter.py"  # The one place with `except Exception`.
WORDS = {
    "whitelist": "allowed",
    "blacklist": "blocked, or suppression",
    "advertiser": "buyer",
    "affiliate": "publisher",
    "opt-in": "consent",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("tree", TREES)
def test_modules_are_tidy(tree: str) -> None:
    """A test for each module, as it was once, took longer to tell of than to run."""
    modules = sorted((ROOT / tree).rglob("*.py"))
    wrong = [f"{name_of(path)}: {fault}" for path in modules for fault in faults(path)]
    assert not wrong, "\n".join(wrong)


def faults(path: Path) -> Iterator[str]:
    """Yield all that is not as it should be."""
    text = path.read_text()
    tree = ast.parse(text)
    if text.strip() and not ast.get_docstring(tree):
        yield "say in one sentence what it is for"
    tree_name = path.relative_to(ROOT).parts[0]
    if len(text.splitlines()) > (BENCH_LINES_MAX if tree_name == "bench" else FILE_LINES_MAX):
        yield "one file, one idea"
    for node in functions(tree):
        lines = (node.end_lineno or 0) - node.lineno
        if lines >= FUNCTION_LINES_MAX:
            yield f"{node.name} has {lines} lines"
    if tree_name in PURE and awaits(tree):
        yield "this folder is pure"
    if name_of(path) != OUTLIVES_BUGS and "tests" not in path.parts and catches_all(tree):
        yield "name the errors you expect"
    if path != Path(__file__):
        yield from (f"say {better}" for word, better in WORDS.items() if word in text.lower())


def awaits(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Await) for node in ast.walk(tree))


def catches_all(tree: ast.AST) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]


def test_each_folder_says_what_it_is_for() -> None:
    for tree in TREES[:-1]:
        for package in (ROOT / tree).rglob("__init__.py"):
            assert ast.get_docstring(ast.parse(package.read_text())), package


def test_no_file_is_large_and_none_is_forgotten() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    for name in filter(None, listed):
        path = ROOT / name
        if path.exists():
            assert path.stat().st_size < 400_000, name
