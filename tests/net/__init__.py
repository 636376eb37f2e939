"""The ping wire, on real sockets."""
