"""What a superuser could do to the ledger's tables once the triggers are off. Not a test itself."""

# ruff: noqa: S608  SQL put together from our own constants is all there is here.
from __future__ import annotations

from dataclasses import dataclass

TRIGGERS_OFF = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'auctiond'::regnamespace
        AND relkind IN ('r', 'p') AND relname ~ '^(ledger_|hold_resolution)' LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', name);
    END LOOP;
END $$"""

TRIGGERS_ON = TRIGGERS_OFF.replace("DISABLE TRIGGER ALL", "ENABLE ALWAYS TRIGGER append_only")
TRIGGERS_ON = f"{TRIGGERS_ON}; {TRIGGERS_ON.replace('append_only', 'append_only_whole')}"

SALE = "(SELECT id FROM ledger_transfer WHERE kind = 'capture' ORDER BY at LIMIT 1)"
PAYMENT = "(SELECT id FROM ledger_transfer WHERE kind = 'topup' ORDER BY at LIMIT 1)"
WALLET = "account = 'wallet:acme'"


def without(move: str) -> str:
    """Return how to take a move out with all that belongs to it."""
    return f"""
        CREATE TEMP TABLE gone AS SELECT id FROM ledger_transfer WHERE id IN ({move});
        DELETE FROM ledger_entry WHERE transfer_id IN (TABLE gone);
        DELETE FROM ledger_line WHERE transfer_id IN (TABLE gone);
        DELETE FROM hold_resolution WHERE transfer_id IN (TABLE gone);
        DELETE FROM ledger_ref WHERE transfer_id IN (TABLE gone);
        DELETE FROM ledger_reversal WHERE transfer_id IN (TABLE gone);
        DELETE FROM ledger_transfer WHERE id IN (TABLE gone);
        DROP TABLE gone"""


@dataclass(frozen=True, slots=True)
class Crime:
    name: str
    script: str
    place: str  # Where `verify` finds it: the beginning of a problem's place,
    what: str  # and a part of its text.


CRIMES = (
    Crime(
        "an entry's amount",
        f"UPDATE ledger_entry SET d_posted = d_posted + 1, posted = posted + 1 "
        f"WHERE {WALLET} AND seq = 1",
        "wallet:acme entry 1",
        "its hash does not fit",
    ),
    Crime(
        "an entry's balance",
        f"UPDATE ledger_entry SET posted = posted + 5 WHERE {WALLET} AND seq = 2",
        "wallet:acme entry 2",
        "its balance is not the one before plus its change",
    ),
    Crime(
        "an entry's account",
        f"UPDATE ledger_entry SET account = 'wallet:crony' WHERE {WALLET} AND seq = 1",
        "wallet:crony entry 1",
        "its hash does not fit",
    ),
    Crime(
        "an entry's time",
        f"UPDATE ledger_entry SET at = at + interval '1 microsecond' WHERE {WALLET} AND seq = 3",
        "wallet:acme entry 3",
        "its hash does not fit",
    ),
    Crime(
        "an entry's time, made infinite",
        f"UPDATE ledger_entry SET at = 'infinity' WHERE {WALLET} AND seq = 3",
        "wallet:acme entry 3",
        "its hash does not fit",
    ),
    Crime(
        "an entry's month",
        f"UPDATE ledger_entry SET month = month + interval '1 month' WHERE {WALLET} AND seq = 7",
        "wallet:acme entry 7",
        "the partition of another month",
    ),
    Crime(
        "an entry's move",
        f"UPDATE ledger_entry SET transfer_id = {PAYMENT} WHERE {WALLET} AND seq = 3",
        "wallet:acme entry 3",
        "its hash does not fit",
    ),
    Crime(
        "an entry deleted",
        f"DELETE FROM ledger_entry WHERE {WALLET} AND seq = 3",
        "wallet:acme entry 4",
        "follows entry 2: what was between is gone",
    ),
    Crime(
        "two entries swapped",
        f"UPDATE ledger_entry SET seq = 99 WHERE {WALLET} AND seq = 2;"
        f"UPDATE ledger_entry SET seq = 2 WHERE {WALLET} AND seq = 4;"
        f"UPDATE ledger_entry SET seq = 4 WHERE {WALLET} AND seq = 99",
        "wallet:acme entry 2",
        "its hash does not fit",
    ),
    Crime(
        "an entry added",
        "INSERT INTO ledger_entry SELECT account, month, seq + 1, transfer_id, 5, 0, posted + 5,"
        f" held, at, hash FROM ledger_entry WHERE {WALLET} ORDER BY seq DESC LIMIT 1",
        "wallet:acme entry 8",
        "its hash does not fit",
    ),
    Crime(
        "a whole move deleted",
        without(SALE),
        "wallet:acme entry",
        "what was between is gone",
    ),
    Crime(
        "a move's body",
        "UPDATE ledger_transfer SET body = replace(body, 'publisher:pub', 'publisher:own') "
        f"WHERE id = {SALE}",
        "capture",
        "its hash is not that of its body",
    ),
    Crime(
        "a move's body and its hash",
        "UPDATE ledger_transfer SET body = replace(body, 'publisher:pub', 'publisher:own'), "
        "body_hash = sha256(convert_to(replace(body, 'publisher:pub', 'publisher:own'), 'UTF8')) "
        f"WHERE id = {SALE}",
        "wallet:acme entry",
        "its hash does not fit",
    ),
    Crime(
        "a move's kind",
        "UPDATE ledger_transfer SET kind = 'release' WHERE kind = 'expire'",
        "release",
        "its columns are not those of its body",
    ),
    Crime(
        "a move's time",
        f"UPDATE ledger_transfer SET at = at - interval '1 second' WHERE id = {SALE}",
        "capture",
        "its time is not that of its entries and lines",
    ),
    Crime(
        "a publisher's amount",
        "UPDATE ledger_line SET amount = amount + 1 WHERE account = 'publisher:pub' "
        f"AND transfer_id = {SALE}",
        "capture",
        "its lines are not what its body says",
    ),
    Crime(
        "a publisher's name",
        f"UPDATE ledger_line SET account = 'publisher:own' WHERE transfer_id = {SALE} "
        "AND account = 'publisher:pub'",
        "capture",
        "its lines are not what its body says",
    ),
    Crime(
        "a publisher's time",
        "UPDATE ledger_line SET at = at - interval '20 days' WHERE account = 'publisher:pub' "
        f"AND transfer_id = {SALE}",
        "capture",
        "its time is not that of its entries and lines",
    ),
    Crime(
        "a publisher's line deleted",
        f"DELETE FROM ledger_line WHERE account = 'publisher:pub' AND transfer_id = {SALE}",
        "capture",
        "its lines are not what its body says",
    ),
    Crime(
        "a publisher's line without a move",
        "INSERT INTO ledger_line SELECT ledger_id_at(now()), 'publisher:pub', 7, now()",
        "line of publisher:pub",
        "is gone",
    ),
    Crime(
        "the end of a hold told of another move",
        f"UPDATE hold_resolution SET transfer_id = {PAYMENT} WHERE transfer_id = {SALE}",
        "end of hold",
        "did not end it",
    ),
    Crime(
        "the end of a hold deleted",
        f"DELETE FROM hold_resolution WHERE transfer_id = {SALE}",
        "wallet:acme",
        "its open holds sum to",
    ),
    Crime(
        "an open hold declared ended",
        "INSERT INTO hold_resolution SELECT id, ledger_id_at(now()) FROM ledger_transfer t "
        "WHERE kind = 'hold' AND NOT EXISTS (SELECT FROM hold_resolution WHERE hold_id = t.id)",
        "end of hold",
        "did not end it",
    ),
    Crime(
        "a payment told of another top-up",
        "UPDATE ledger_ref SET ref = 'pi_elsewhere'",
        "payment pi_elsewhere",
        "do not belong together",
    ),
    Crime(
        "a payment deleted",
        "DELETE FROM ledger_ref",
        "payment pi_",
        "do not belong together",
    ),
    Crime(
        "a return told of another sale",
        "UPDATE ledger_reversal SET reverses = ledger_id_at(now())",
        "reversal",
        "do not belong together",
    ),
    Crime(
        "a return forgotten",
        "DELETE FROM ledger_reversal",
        "reversal",
        "do not belong together",
    ),
    Crime(
        "a sale made smaller that was returned",
        "UPDATE ledger_line SET amount = 150 WHERE account = 'publisher:pub' AND transfer_id = "
        "(SELECT reverses FROM ledger_reversal)",
        "move",
        "more of publisher:pub was taken back than it did",
    ),
    Crime(
        "a column that nobody knows",
        "ALTER TABLE ledger_transfer ADD COLUMN caller text",
        "ledger_transfer.caller",
        "is it free of personal data?",
    ),
    Crime(
        "an account deleted",
        "DELETE FROM ledger_account WHERE name = 'wallet:acme'",
        "wallet:acme",
        "is no account any more",
    ),
)
