"""Measurements: `python -m bench NAME --json` prints figures and ratios, never a verdict."""
