"""The database server and its schema: the embedded PostgreSQL, roles, migrations."""
