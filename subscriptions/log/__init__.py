"""The broadcast log: each tenant's channel of events, in Redis or in memory."""
