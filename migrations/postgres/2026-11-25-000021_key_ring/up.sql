-- When the master key is rotated, the sealed keys of the logs are sealed anew. Nothing else of an origin ever changes.
GRANT UPDATE (sealed) ON audit_origins TO countersign_worker;
