-- On PostgreSQL, a role may seal the logs' keys anew. Whoever owns a SQLite file may anyway.
SELECT 1;
