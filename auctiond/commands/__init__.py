"""The commands of `auctiond`, one a file: each defines `command`. The folder is searched."""
