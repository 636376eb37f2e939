"""The demo: server, carrier and buyers as processes of their own, and calls through all of them."""
