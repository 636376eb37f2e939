"""The measurements' own tools."""
