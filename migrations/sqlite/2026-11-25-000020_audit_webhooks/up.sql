-- Servers of an msp's own that are sent its audit log: what admins say of them, and how far each has come. Nobody looks
-- at one before `due_at`, which is moved ahead by whoever takes it in hand, and whose `claim` it then is. A batch keeps
-- its id and its end until it is delivered or given up.
CREATE TABLE audit_webhooks (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    url TEXT NOT NULL,
    description TEXT,
    filter TEXT NOT NULL,
    state TEXT NOT NULL,
    sealed BLOB NOT NULL,
    secret_number INTEGER NOT NULL,
    old_sealed BLOB,
    old_until INTEGER,
    created_at INTEGER NOT NULL,
    next_position INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    claim BLOB,
    batch BLOB,
    through_position INTEGER,
    first_tried_at INTEGER,
    attempts INTEGER NOT NULL,
    last_error TEXT,
    failing_since INTEGER,
    told_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_webhooks_by_msp ON audit_webhooks (msp, id);
CREATE INDEX audit_webhooks_by_due ON audit_webhooks (due_at) WHERE state = 'active';

-- Batches that were given up. Their events stand in the log.
CREATE TABLE audit_webhook_letters (
    id BLOB NOT NULL PRIMARY KEY,
    webhook BLOB NOT NULL REFERENCES audit_webhooks (id),
    msp BLOB NOT NULL REFERENCES msps (id),
    from_position INTEGER NOT NULL,
    through_position INTEGER NOT NULL,
    filter TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    reason TEXT NOT NULL,
    first_tried_at INTEGER NOT NULL,
    given_up_at INTEGER NOT NULL,
    redelivered_at INTEGER
) STRICT;
CREATE INDEX audit_webhook_letters_by_webhook ON audit_webhook_letters (webhook, id);
