"""Tasks and time: one actor for one call, the auction, the desk. Trio only; no network, no database."""
