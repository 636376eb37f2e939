"""Keys and secrets: API keys, the vault of personal data, and references to secrets."""
