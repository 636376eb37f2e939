"""Tasks and time: the call's actor, the auction, the desk. Trio only; no network, no database."""
