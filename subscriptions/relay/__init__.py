"""Relay: the outbox into Kafka, and Kafka into the broadcast log."""
