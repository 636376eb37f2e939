"""The network outwards: the ping wire for buyers, httpx2 for everybody else."""
