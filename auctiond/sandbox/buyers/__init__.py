"""Buyers' servers for the demo, the tests and the bench: real HTTP on loopback, real vices."""
