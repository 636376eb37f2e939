"""Call flows at run time: what a node says and asks, and what becomes of the answers."""
