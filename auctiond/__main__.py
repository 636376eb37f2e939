"""`python -m auctiond` is `auctiond`."""

from auctiond.cli import main

main(prog_name="auctiond")
