"""The JSON API under `/v1`: one module per resource, each a function that returns its blueprint."""
