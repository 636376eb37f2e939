"""Recordings: asked for with consent, fetched from the carrier, sealed, listened to, deleted."""
