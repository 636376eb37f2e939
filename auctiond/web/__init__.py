"""The network inwards: carrier hooks, the /v1 API, health and metrics."""
