"""The GraphQL contract in Python: types, inputs, payloads, errors, scalars, context, executor."""
