"""Tests of several workers under a supervisor."""
