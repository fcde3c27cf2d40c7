"""One named fake for each port."""
