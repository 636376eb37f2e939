"""Months of the ledger that a start would not lay out: long past, or around a test's fixed day."""

from __future__ import annotations

SCRIPT = """
SET ROLE auctiond_owner;
DO $$
DECLARE
    made date;
    parent text;
BEGIN
    FOR made IN MONTHS LOOP
        PERFORM ledger_attach('ledger_entry', made, made::text, (made + interval '1 month')::text);
        FOREACH parent IN ARRAY ARRAY['ledger_transfer', 'ledger_line', 'hold_resolution'] LOOP
            PERFORM ledger_attach(parent, made, ledger_id_at(made)::text,
                ledger_id_at(made + interval '1 month')::text);
        END LOOP;
        INSERT INTO ledger_month VALUES (made);
    END LOOP;
END $$;
RESET ROLE;
"""


def laid_out(months: str) -> str:
    """Return the script that lays out those months that the query `months` tells, as dates."""
    return SCRIPT.replace("MONTHS", months)
