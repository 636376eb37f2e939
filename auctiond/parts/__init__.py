"""The parts of the server, each put together in a file of its own; main.py joins them."""
