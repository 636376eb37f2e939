"""A call, from the carrier's news to its settlement: who does the work of each state."""
