"""Telling parties what happened: letters by mail, signed webhooks, and the courier of both."""
