-- Where phones are told to look: since when, in which language, and what was wrong with the last address.
ALTER TABLE devices
    ADD COLUMN push_set_at timestamptz,
    ADD COLUMN push_trouble text,
    ADD COLUMN language text NOT NULL DEFAULT 'en';

-- What push vendors know this installation by, sealed; shared by all nodes and kept across restarts.
CREATE TABLE vendor_tokens (
    name text PRIMARY KEY,
    sealed bytea NOT NULL,
    made_at timestamptz NOT NULL
);
ALTER TABLE vendor_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE vendor_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY installation ON vendor_tokens TO countersign_app USING (true);
GRANT SELECT, INSERT, UPDATE ON vendor_tokens TO countersign_app;
