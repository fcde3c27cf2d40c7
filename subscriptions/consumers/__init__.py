"""Consumers: what other systems tell on Kafka, made commands: each event once, those of a key in order."""
