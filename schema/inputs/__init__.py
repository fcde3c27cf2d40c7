"""What callers send: filters of lists and streams, inputs of mutations."""
