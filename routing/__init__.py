"""Which targets may have a call, in which order, and why the others may not. Pure."""
