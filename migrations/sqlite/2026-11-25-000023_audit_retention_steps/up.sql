-- On PostgreSQL, empty months of the audit log are dropped one by one. A SQLite file has no months.

-- Whether what a target has under a log's name is another history. Nothing is signed under that name any more.
ALTER TABLE audit_shipments ADD COLUMN contradicted INTEGER NOT NULL DEFAULT 0;
