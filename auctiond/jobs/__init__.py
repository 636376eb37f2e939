"""Background work: sweepers and seals."""
