"""Query, Mutation and Subscription roots: input to service to payload."""
