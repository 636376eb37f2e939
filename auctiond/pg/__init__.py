"""PostgreSQL: the embedded server, the one door to asyncpg, and the SQL."""
