"""Use cases: each a function of a command, a caller and ports. The only place where a transaction begins."""
