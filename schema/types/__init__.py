"""The API's types, one module to a noun."""
