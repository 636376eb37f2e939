"""Several processes of one server: a supervisor, and workers that share a port and a database."""
