"""Hub: the live streams of this process, told from the log and from snapshots."""
