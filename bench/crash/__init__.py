"""Kill -9 with calls live: a stage, the moments, a round, and what must be true after it.

The test of it (tests/recovery) and the measurement (bench/recovery.py) both stand on this.
"""
