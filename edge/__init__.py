"""Your own SIP edge: switches that run beside the server, and import nothing of it."""
