"""Carriers: their webhooks become our events, our commands become their requests. Pure."""
