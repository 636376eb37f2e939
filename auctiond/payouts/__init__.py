"""Paying publishers: runs over what they have earned, approved, exported, marked as paid."""
