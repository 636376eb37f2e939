"""Money in: cards, auto-recharge, usage, invoices, and what the processor says of them."""
