"""What `make run` starts: servers, data, processes, and a simulator that keeps the stock moving."""
