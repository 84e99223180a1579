-- The newest checkpoint of each log that somebody else has, by where it was sent.
CREATE TABLE audit_shipments (
    target TEXT NOT NULL,
    msp BLOB NOT NULL REFERENCES msps (id),
    generation INTEGER NOT NULL,
    size INTEGER NOT NULL,
    shipped_at INTEGER NOT NULL,
    PRIMARY KEY (target, msp)
) STRICT;
