"""REST: what the sources call by path, over the same use cases as GraphQL, and the document that tells of it."""
