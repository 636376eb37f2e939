"""Calling people back who asked for it: asking, judging, dialling, and what came of it."""
