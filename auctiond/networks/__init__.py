"""The network as the server holds it: stored versions, the current one, those calls still run on."""
