-- What `ledger verify` needs to see what was taken back. They read what their caller may read.
GRANT EXECUTE ON FUNCTION ledger_effect, ledger_undone TO auctiond_app, auctiond_reader;
