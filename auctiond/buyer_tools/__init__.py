"""What the commands do with buyers' files: find them, try them live, propose them from a sample."""
