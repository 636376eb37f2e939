"""Read a buyer's file together with the file it says it is based on. Pure but for the reading.

`base = "NAME"` takes everything from NAME.toml, first from the same folder and then from our
library, and lays the file over it: tables are merged key by key, all else is replaced. Cases are
not taken over, for they are examples of the base. `remove` names what the base has too many.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from buyers.errors import BuyerFileError
from buyers.lines import KeyPath, line_of, positions

LIBRARY = Path(__file__).parent / "library"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
BASES_MAX = 8  # A file that rests on more files than this is read by nobody.
FILE_MAX = 256 * 1024  # Bytes of a buyer's file; the largest of ours has a tenth of it.
SYNTAX = re.compile(r"(.*) \(at line (\d+), column (\d+)\)")

Data = dict[str, object]


@dataclass(frozen=True, slots=True)
class Document:
    """What a file and its bases say together, and where each key of it stands."""

    data: Data
    origins: Mapping[KeyPath, tuple[str, int]]


def read_document(path: Path) -> Document:
    """Return the document of the file at `path`. Raises BuyerFileError."""
    return _read(path, ())


def _read(path: Path, above: tuple[Path, ...]) -> Document:
    own = _own(path)
    if "base" not in own.data:
        if "remove" in own.data:
            _fail(own, path, "remove", "without a base there is nothing to remove", "remove it")
        return own
    name = own.data.pop("base")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        _fail(own, path, "base", f"found {name!r}", "the name of a format, like boberdoo")
    under = _find(name, path)
    if under is None:
        known = sorted({f.stem for folder in (path.parent, LIBRARY) for f in folder.glob("*.toml")})
        _fail(own, path, "base", f"there is no {name!r}", f"one of: {', '.join(known)}")
    if under in (*above, path) or len(above) >= BASES_MAX:
        _fail(own, path, "base", f"{name!r} rests on this file in turn", "a base that does not")
    return _over(_read(under, (*above, path)), own, path)


def _own(path: Path) -> Document:
    try:
        raw = path.read_bytes()
        if len(raw) > FILE_MAX:
            raise BuyerFileError(str(path), "file", "too long", f"at most {FILE_MAX} bytes")
        text = raw.decode("utf-8").replace("\r\n", "\n")
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax(str(path), str(error), text.count("\n") + 1) from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise BuyerFileError(str(path), "file", str(error), "a TOML file in UTF-8") from None
    except OSError as error:
        raise BuyerFileError(str(path), "file", error.strerror or "unreadable", "a file") from None
    return Document(data, {key: (str(path), line) for key, line in positions(text).items()})


def _syntax(file: str, message: str, last_line: int) -> BuyerFileError:
    found = SYNTAX.fullmatch(message)
    line = int(found[2]) if found else last_line
    problem = f"{found[1]}, at column {found[3]}" if found else message
    return BuyerFileError(file, "file", problem, "a TOML file in UTF-8", line)


def _find(name: str, path: Path) -> Path | None:
    """Return the file of the base: of the same folder, or of the library. Never the file itself."""
    for folder in (path.parent, LIBRARY):
        found = folder / f"{name}.toml"
        if found.resolve() != path.resolve() and found.is_file():
            return found
    return None


def _over(base: Document, own: Document, path: Path) -> Document:
    origins = dict(base.origins)
    data: Data = {key: value for key, value in base.data.items() if key != "case"}
    for text in _removed(own, path):
        if not _cut(data, text.split(".")):
            _fail(own, path, "remove", f"the base has no {text!r}", "a key of the base, like a.b.c")
    for key in [key for key in origins if key[:1] == ("case",)]:
        del origins[key]
    merged = _merge(data, own.data, (), origins)
    return Document(merged, origins | dict(own.origins))


def _removed(own: Document, path: Path) -> list[str]:
    found = own.data.pop("remove", [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        _fail(own, path, "remove", f"found {found!r}", 'a list like ["ping.request.fields.SRC"]')
    return [str(one) for one in found]


def _cut(data: Data, steps: list[str]) -> bool:
    """Remove what the steps lead to; a key may hold dots itself."""
    for count in range(len(steps), 0, -1):
        key, rest = ".".join(steps[:count]), steps[count:]
        if key in data:
            inner = data[key]
            if not rest:
                del data[key]
                return True
            return isinstance(inner, dict) and _cut(inner, rest)
    return False


def lay_over(under: Mapping[str, object], over: Mapping[str, object]) -> Data:
    """Return `under` with `over` laid over it."""
    return _merge(dict(under), dict(over), (), {})


def _merge(under: Data, over: Data, at: KeyPath, origins: dict[KeyPath, tuple[str, int]]) -> Data:
    merged = dict(under)
    for key, value in over.items():
        path, known = (*at, key), under.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            merged[key] = _merge(known, value, path, origins)
        elif at == ("settings",) and isinstance(known, dict) and isinstance(value, str):
            merged[key] = known | {"default": value}
        else:
            merged[key] = value
            for old in [old for old in origins if old[: len(path)] == path]:
                del origins[old]
    return merged


def _fail(own: Document, path: Path, key: str, problem: str, right: str) -> NoReturn:
    file, line = line_of((key,), own.origins) or (str(path), None)
    raise BuyerFileError(file, key, problem, right, line)
