"""Returns and disputes: sales that buyers bring back, and notes by people about money."""
