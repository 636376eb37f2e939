"""What makes no sense by itself, whatever the balances are. Pure. Twin of SQL `ledger_faults`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from ledger.accounts import MONEY, currency_of, is_bounded, kind_of, unit_of
from ledger.kinds import BEARERS, OUTSIDE, OWED, RULES, Rule
from ledger.moves import ANY_FLOOR, Booking, Capture, Hold, HoldLine, Line, Move, TopUp
from ledger.refusals import NoOriginal, TooMuchBack, Unbalanced

AMOUNT_MAX = 10**15  # A billion dollars in micros: more in one line is a mistake.
# A wallet; and of target, buyer, campaign and publisher each a slot, a cap of every kind and
# period, and one by the hour: more is a loop somewhere.
LINES_MAX = 1 + 4 * (1 + 4 * 5 + 1)
REF_MAX = 200  # A payment's id at its processor.
# Ids and words, never a sentence, a name or an address: there is no personal data in the ledger.
REF = re.compile(r"[!-?A-~]{0,200}")
ACTOR = re.compile(r"[A-Za-z0-9_.:/-]{0,100}")
REASON = re.compile(r"[a-z0-9_-]{0,60}")
SALE = ("publisher", "margin", "used", "carrier")


def check(move: Move) -> None:
    """Raise Unbalanced unless `move` makes sense by itself, whatever the balances are."""
    match move:
        case TopUp():
            _check_lines(move.id, [Line(move.account, move.amount)], bounded=True, least=1)
            if kind_of(move.account) not in OWED:
                raise Unbalanced(move.id, f"only a wallet is topped up, not {move.account}")
            if kind_of(move.source) not in OUTSIDE:
                raise Unbalanced(move.id, f"money comes from a bank, not from {move.source}")
            if unit_of(move.source) != unit_of(move.account):
                raise Unbalanced(move.id, f"{move.source} has another currency")
            if not 1 <= len(move.ref) <= REF_MAX or not move.ref.isprintable():
                raise Unbalanced(move.id, f"ref is 1 to {REF_MAX} printable characters")
        case Hold():
            if not move.lines:
                raise Unbalanced(move.id, "a hold needs a line")
            _check_lines(move.id, move.lines, bounded=True, least=0)
            if any(not ANY_FLOOR <= line.floor <= AMOUNT_MAX for line in move.lines):
                raise Unbalanced(move.id, f"a floor is {ANY_FLOOR} to {AMOUNT_MAX}")
            _check_currency(move.id, move.lines)
        case Capture():
            _check_capture(move)
        case Booking():
            _check_booking(move, RULES.get(move.kind))


def check_take(move: Capture, hold: Hold) -> None:
    """Raise Unbalanced if `move` takes what `hold` does not hold."""
    held = {line.account: line.amount for line in hold.lines}
    for line in move.take:
        if line.amount > held.get(line.account, 0):
            raise Unbalanced(move.id, f"takes more of {line.account} than is held")


def check_back(
    move: Booking, original: str, did: Mapping[str, int], undone: Mapping[str, int]
) -> None:
    """Raise unless `move` takes back what a move of the kind `original` did, and no more.

    `did` is its effect, `undone` what others took back of it already.
    """
    assert move.reverses is not None
    if original not in RULES[move.kind].reverses:
        raise NoOriginal(move.reverses)
    whole = move.kind in ("reversal", "reinstatement")
    for line in move.lines:
        done = did.get(line.account, 0)
        if kind_of(line.account) in BEARERS or (not done and not whole):
            continue
        left = done + undone.get(line.account, 0) + line.amount
        if not min(0, done) <= left <= max(0, done):
            raise TooMuchBack(line.account)


def sums_by_unit(lines: Iterable[Line]) -> dict[str, int]:
    """Return the sum of `lines` of each unit."""
    sums: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        sums[unit_of(line.account) or ""] += line.amount
    return dict(sums)


def _check_capture(move: Capture) -> None:
    _check_lines(move.id, move.take, bounded=True, least=1)
    _check_lines(move.id, move.give, bounded=False, least=1)
    if any(line.account.startswith("slot:") for line in move.take):
        raise Unbalanced(move.id, "a slot is given back, never taken")
    if any(kind_of(line.account) not in SALE for line in move.give):
        raise Unbalanced(move.id, "a capture gives to publishers, to the margin, and to used caps")
    _check_currency(move.id, move.take)
    taken, given = sums_by_unit(move.take), sums_by_unit(move.give)
    if taken != given:
        raise Unbalanced(move.id, f"takes {taken.get(MONEY, 0)} and gives {given.get(MONEY, 0)}")


def _check_booking(move: Booking, rule: Rule | None) -> None:
    if rule is None:
        raise Unbalanced(move.id, f"there is no booking of the kind {move.kind!r}")
    _check_words(move, rule)
    _check_names(move.id, move.lines)
    for line in move.lines:
        allowed = rule.takes if line.amount < 0 else rule.gives
        if not 0 < abs(line.amount) <= AMOUNT_MAX or kind_of(line.account) not in allowed:
            raise Unbalanced(move.id, f"a {move.kind} cannot move {line.amount} of {line.account}")
    bounded = {line.account for line in move.lines if is_bounded(line.account)}
    if any(not ANY_FLOOR <= each.least <= AMOUNT_MAX for each in move.floors):
        raise Unbalanced(move.id, f"a floor is {ANY_FLOOR} to {AMOUNT_MAX}")
    floors = [each.account for each in move.floors]
    if not bounded.issuperset(floors) or len(set(floors)) != len(floors):
        raise Unbalanced(move.id, "floors are of bounded accounts in its lines, each once")
    _check_currency(move.id, move.lines)
    sums = sums_by_unit(move.lines)
    if not sums or any(sums.values()):
        raise Unbalanced(move.id, f"its lines sum to {sums}, not to zero")


def _check_words(move: Booking, rule: Rule) -> None:
    if not REF.fullmatch(move.ref) or (rule.needs_ref and not move.ref):
        raise Unbalanced(move.id, f"the ref of a {move.kind} is an id from outside")
    if not ACTOR.fullmatch(move.actor) or not REASON.fullmatch(move.reason):
        raise Unbalanced(move.id, "actor and reason are words, such as key:k1 and wrong-number")
    if rule.needs_reason and not (move.actor and move.reason):
        raise Unbalanced(move.id, f"{move.kind} needs an actor and a reason")
    if rule.must_reverse and move.reverses is None:
        raise Unbalanced(move.id, f"{move.kind} needs the move that it takes back")
    if move.reverses is not None and not rule.reverses:
        raise Unbalanced(move.id, f"a {move.kind} takes nothing back")


def _check_currency(id_: UUID, lines: Iterable[Line | HoldLine]) -> None:
    if len({currency_of(unit_of(line.account) or "") for line in lines} - {""}) > 1:
        raise Unbalanced(id_, "one currency in a move")


def _check_names(id_: UUID, lines: Collection[Line | HoldLine]) -> None:
    if len({line.account for line in lines}) != len(lines) or len(lines) > LINES_MAX:
        raise Unbalanced(id_, f"up to {LINES_MAX} accounts, each once")
    for line in lines:
        if unit_of(line.account) is None:
            raise Unbalanced(id_, f"{line.account!r} is no account")


def _check_lines(
    id_: UUID, lines: Collection[Line | HoldLine], *, bounded: bool, least: int
) -> None:
    _check_names(id_, lines)
    for line in lines:
        if is_bounded(line.account) != bounded:
            raise Unbalanced(id_, f"{line.account!r} is no account for such a line")
        if not least <= line.amount <= AMOUNT_MAX:
            raise Unbalanced(id_, f"an amount is {least} to {AMOUNT_MAX}, not {line.amount}")
