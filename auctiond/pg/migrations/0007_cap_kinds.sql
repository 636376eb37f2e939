-- Caps count calls, connects, billables or money. Twin of ledger/accounts.py unit_of.
CREATE OR REPLACE FUNCTION ledger_unit(account text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN account COLLATE "C" !~ '^[!-~]{1,200}$' THEN NULL
    WHEN account IN ('margin', 'world') THEN 'usd'
    WHEN account IN ('used:calls') THEN 'calls'
    WHEN account IN ('used:money') THEN 'cap_usd'
    WHEN account COLLATE "C" ~ '^cap:.+:(calls|connects|billables)/[^:]+(:[^:]*)?$' THEN 'calls'
    WHEN account COLLATE "C" ~ '^cap:.+:money/[^:]+(:[^:]*)?$' THEN 'cap_usd'
    WHEN account COLLATE "C" ~ '^(wallet|publisher):.' THEN 'usd'
    WHEN account COLLATE "C" ~ '^slot:.' THEN 'calls'
END;
