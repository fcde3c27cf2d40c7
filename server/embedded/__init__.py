"""Servers that the demo and the tests start themselves: PostgreSQL, Redis, Kafka, Node."""
