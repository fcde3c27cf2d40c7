"""Playing real sales through a running system: the file's words become commands of the inventory."""
