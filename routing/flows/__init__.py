"""Call flows: read from a file, checked, drawn, played, written back. Pure."""
