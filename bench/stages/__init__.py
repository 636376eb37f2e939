"""What is measured: servers, or parts of them, ready to be loaded."""
