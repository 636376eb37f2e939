"""What head is compared with: an earlier commit in a worktree, run by the same Python."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

HEAD = Path(__file__).resolve().parents[2]
RUNS = (
    *("market", "actors", "buyers", "telephony", "routing", "compliance", "ledger", "billing"),
    *("auctiond", "pyproject.toml"),
)
MAINS = ("origin/main", "main")
GATE = Path("bench/gate")


class NoTree(Exception):
    """The base could not be checked out; the text is git's."""


def find_base(root: Path = HEAD) -> tuple[str, str]:
    """Return the commit to compare with, and how it was chosen; ("", why not) when there is none.

    On a branch that is where it left main; on main the last release; else the commit before.
    """
    git = partial(output, root)
    head = git("rev-parse", "--verify", "--quiet", "HEAD")
    if not head:
        return "", "this is no git repository with a commit"
    for main in MAINS:
        left = git("merge-base", main, "HEAD")
        if left and left != head:
            return left, f"where this branch left {main}"
    release = git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^")
    if release:
        return git("rev-list", "-n", "1", release), f"release {release}"
    before = git("rev-parse", "--verify", "--quiet", "HEAD^1")
    return before, "the commit before" if before else "no earlier commit is here (a shallow clone?)"


def resolve(ref: str) -> str:
    """Return the commit that `ref` names, or "" when it is not here."""
    return output(HEAD, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")


def is_same(commit: str) -> bool:
    """Tell whether nothing that runs differs between `commit` and the files here."""
    return _git(HEAD, "diff", "--quiet", commit, "--", *RUNS).returncode == 0


@contextmanager
def tree_of(commit: str, root: Path = HEAD) -> Iterator[Path]:
    """Check `commit` out in a folder of its own, while the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="auctiond-base-"))
    folder.chmod(0o755)
    tree = folder / "tree"
    try:
        added = _git(root, "worktree", "add", "--quiet", "--detach", str(tree), commit)
        if added.returncode:
            raise NoTree(added.stderr.strip())
        yield tree
    finally:
        _git(root, "worktree", "remove", "--force", str(tree))
        shutil.rmtree(folder, ignore_errors=True)


def lend_probes(tree: Path) -> None:
    """Give the base head's probes, so that both are asked the same."""
    shutil.copytree(HEAD / GATE, tree / GATE, dirs_exist_ok=True)


def own_probes(tree: Path) -> bool:
    """Give the base its own probes back; tell whether it has any."""
    shutil.rmtree(tree / GATE, ignore_errors=True)
    return _git(tree, "checkout", "--quiet", "HEAD", "--", str(GATE)).returncode == 0


def output(root: Path, *arguments: str) -> str:
    """Return what git prints in `root`, or "" when it fails."""
    done = _git(root, *arguments)
    return done.stdout.strip() if done.returncode == 0 else ""


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, 127, "", "git is not installed")
