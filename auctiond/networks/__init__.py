"""The network as the server holds it: stored versions, the current one, those that calls run on."""
