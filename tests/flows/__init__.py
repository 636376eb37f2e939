"""Tests of call flows: reading, checks, playing, drawing, and calls that run through them."""
