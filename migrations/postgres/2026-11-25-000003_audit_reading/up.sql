-- What an API token may do: an auditor reads the audit log, and nothing else.
ALTER TABLE admin_tokens ADD COLUMN role text NOT NULL DEFAULT 'admin' CHECK (role IN ('admin', 'auditor'));
