"""The shell: all that touches the world, and the one place that wires everything together."""
