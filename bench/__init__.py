"""Measurements: `python -m bench NAME --json` prints figures and ratios, never a verdict.

A measurement is a file of this folder. What it measures is made ready in stages/, who loads that is
in load/, what came of it is told and drawn by results/, and tools/ has what measuring takes. gate/
compares two commits, and crash/ kills servers and looks at what was lost.
"""
