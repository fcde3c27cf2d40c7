"""Use cases and their ports: the only place where a transaction begins."""
