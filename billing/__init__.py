"""What is charged, when a wallet is filled by itself, and what an invoice says. Pure."""
