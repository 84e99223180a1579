-- Where phones are told to look: since when, in which language, and what was wrong with the last address.
ALTER TABLE devices ADD COLUMN push_set_at INTEGER;
ALTER TABLE devices ADD COLUMN push_trouble TEXT;
ALTER TABLE devices ADD COLUMN language TEXT NOT NULL DEFAULT 'en';

-- What push vendors know this installation by, sealed; kept across restarts.
CREATE TABLE vendor_tokens (
    name TEXT PRIMARY KEY NOT NULL,
    sealed BLOB NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;
