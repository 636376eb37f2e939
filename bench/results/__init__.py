"""What was measured: as JSON, and as a page with curves."""
