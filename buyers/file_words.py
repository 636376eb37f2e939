"""What the templates of a buyer's file may name, and the tables their filters look into. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from buyers.encode import EVERY_ANSWER
from buyers.errors import TemplateError
from buyers.filter_names import Tables
from buyers.filters import Band, Value
from buyers.format import Setting
from buyers.table import Table
from buyers.template import Placeholder, Template, parse
from buyers.words import TOKEN, Stage, why_not

HASHED = (
    "a hash of it is as good as the thing itself: there are few enough phone numbers to try all"
)


@dataclass(frozen=True, slots=True)
class Words:
    """What the templates of a file may name, besides the words of their stage."""

    tables: Tables
    settings: dict[str, Setting]
    secrets: dict[str, str]
    refs: int
    inner: tuple[str, ...] = ()
    more: frozenset[str] = field(default_factory=frozenset)  # Words of this one place.

    def with_inner(self, names: tuple[str, ...]) -> Words:
        """Return the words of a request that has documents of these names in it."""
        return replace(self, inner=names)

    def with_more(self, *names: str) -> Words:
        """Return the words of a place that has some of its own."""
        return replace(self, more=self.more.union(names))

    def template(
        self, table: Table, key: str, value: Value, stage: Stage, *, many: bool = False
    ) -> Template:
        """Return the template `value`; refuses what the stage may not name."""
        try:
            template = parse(value, self.tables)
        except TemplateError as error:
            table.fail(key, error.problem, error.right)
        for part in template.placeholders():
            for source in part.sources():
                self._check(table, key, source, stage, part)
        if EVERY_ANSWER in template.sources() and not (
            many and template.parts == (Placeholder(EVERY_ANSWER),)
        ):
            table.fail(key, "{ivr.*} is many values", "a field of its own, or {ivr.NAME}")
        return template

    def _check(self, table: Table, key: str, source: str, stage: Stage, part: Placeholder) -> None:
        if source in self.more:
            return
        if source == TOKEN:
            table.fail(key, "{token} is not fetched", "[token.request], which says how it is")
        wrong = why_not(stage, source)
        if wrong:
            problem, right = wrong
            hashed = part.hashed and "personal" in problem
            table.fail(key, f"{problem}; {HASHED}" if hashed else problem, right)
        prefix, _, name = source.partition(".")
        if prefix == "ref" and int(name) >= self.refs:
            table.fail(key, f"{{{source}}} is not read", f"ping.response.ref has {self.refs}")
        if prefix == "inner" and name not in self.inner:
            right = f"[inner.NAME] beside the fields; there are: {', '.join(self.inner) or 'none'}"
            table.fail(key, f"there is no {{{source}}}", right)
        for word, declared in (("settings", self.settings), ("secret", self.secrets)):
            if prefix == word and name not in declared:
                place = "settings" if word == "settings" else "secrets"
                right = f"[{place}] declares: {', '.join(declared) or 'none'}"
                table.fail(key, f"{{{source}}} is not declared", right)


def read_words(table: Table, ref_count: int) -> Words:
    """Return the words that the file declares."""
    settings, secrets = table.table("settings"), table.table("secrets")
    maps, bands = table.table("maps"), table.table("bands")
    return Words(
        tables=Tables(
            maps={name: _map(maps.table(name)) for name in maps},
            bands={name: _bands(bands, name) for name in bands},
        ),
        settings={name: _setting(settings.table(name)) for name in settings},
        secrets={name: secrets.text(name) for name in secrets},
        refs=ref_count,
        more=frozenset((TOKEN,) if "token" in table else ()),
    )


def _setting(table: Table) -> Setting:
    setting = Setting(
        about=table.text("about"),
        optional=table.flag("optional"),
        default=table.text("default", ""),
        one_of=table.texts("one_of"),
    )
    if setting.default and setting.one_of and setting.default not in setting.one_of:
        table.fail("default", f"found {setting.default!r}", f"one of: {', '.join(setting.one_of)}")
    if "{" in setting.default:
        table.fail("default", "a placeholder in it", "settings are sent as they are written")
    table.done()
    return setting


def _map(table: Table) -> dict[str, Value]:
    return {key: _word(table, key) for key in table}


def _bands(table: Table, name: str) -> tuple[Band, ...]:
    bands: list[Band] = []
    for one in table.tables(name):
        below = one.raw("below")
        if below is not None and (isinstance(below, bool) or not isinstance(below, int | float)):
            one.fail("below", f"found {below!r}", "a number: the least that is no longer in it")
        bound = None if below is None else Decimal(str(below))
        if bands and (bands[-1].below is None or (bound is not None and bound <= bands[-1].below)):
            one.fail(
                "below", "not above the band before", "bands in rising order, the open one last"
            )
        bands.append(Band(bound, _word(one, "say")))
        one.done()
    if not bands:
        table.fail(name, "no bands", '[{ below = 600, say = "poor" }, { say = "good" }]')
    return tuple(bands)


def _word(table: Table, key: str) -> Value:
    value = table.constant(key, table.raw(key))
    if isinstance(value, str) and "{" in value:
        table.fail(key, f"a placeholder in {value!r}", "words are sent as they are written")
    return value
