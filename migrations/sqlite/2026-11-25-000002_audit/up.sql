-- The audit log: the service adds to it, and nobody changes it.

-- The head of each msp's tree: its size, its right edge (the roots of its full subtrees, largest first), and
-- the instant of its last entry, below which no later one falls.
CREATE TABLE audit_logs (
    msp BLOB NOT NULL PRIMARY KEY REFERENCES msps (id),
    size INTEGER NOT NULL,
    frontier BLOB NOT NULL,
    recorded_at INTEGER NOT NULL,
    signed_size INTEGER NOT NULL
) STRICT;

-- The names and keys under which an msp's checkpoints were signed: one, and one more after each reopening.
CREATE TABLE audit_origins (
    msp BLOB NOT NULL REFERENCES msps (id),
    generation INTEGER NOT NULL,
    name TEXT NOT NULL,
    public_key BLOB NOT NULL,
    sealed BLOB NOT NULL,
    from_size INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    PRIMARY KEY (msp, generation)
) STRICT;

CREATE TABLE audit_leaves (
    msp BLOB NOT NULL,
    position INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (msp, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX audit_leaves_by_event_id ON audit_leaves (event_id);

-- Roots of full subtrees of 256, 65,536, ... leaves: what a tile of level 1, 2, ... holds.
CREATE TABLE audit_nodes (
    msp BLOB NOT NULL,
    level INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (msp, level, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_checkpoints (
    msp BLOB NOT NULL,
    generation INTEGER NOT NULL,
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    signed_at INTEGER NOT NULL,
    PRIMARY KEY (msp, generation, size)
) STRICT;

-- What the leaves are the hashes of. The columns beside the body repeat it, to find it by.
CREATE TABLE audit_events (
    msp BLOB NOT NULL,
    position INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT,
    tenant BLOB,
    technician BLOB,
    workstation BLOB,
    account TEXT,
    sentence TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (msp, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_events_by_recorded_at ON audit_events (msp, recorded_at, position);
CREATE INDEX audit_events_by_kind ON audit_events (msp, kind, position);
CREATE INDEX audit_events_by_outcome ON audit_events (msp, outcome, position) WHERE outcome IS NOT NULL;
CREATE INDEX audit_events_by_tenant ON audit_events (msp, tenant, position) WHERE tenant IS NOT NULL;
CREATE INDEX audit_events_by_technician ON audit_events (msp, technician, position) WHERE technician IS NOT NULL;
CREATE INDEX audit_events_by_workstation ON audit_events (msp, workstation, position) WHERE workstation IS NOT NULL;
CREATE INDEX audit_events_by_account ON audit_events (msp, account, position) WHERE account IS NOT NULL;

-- What could not become an entry, and why.
CREATE TABLE audit_dead_letters (
    id BLOB NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    entry TEXT NOT NULL,
    found_at INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_dead_letters_by_age ON audit_dead_letters (found_at);

-- Without roles, the tables themselves refuse what nobody may do.
CREATE TRIGGER audit_leaves_refuses_update BEFORE UPDATE ON audit_leaves
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
CREATE TRIGGER audit_leaves_refuses_delete BEFORE DELETE ON audit_leaves
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
CREATE TRIGGER audit_nodes_refuses_update BEFORE UPDATE ON audit_nodes
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
CREATE TRIGGER audit_nodes_refuses_delete BEFORE DELETE ON audit_nodes
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
CREATE TRIGGER audit_checkpoints_refuses_update BEFORE UPDATE ON audit_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
CREATE TRIGGER audit_checkpoints_refuses_delete BEFORE DELETE ON audit_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
CREATE TRIGGER audit_events_refuses_update BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
CREATE TRIGGER audit_events_refuses_delete BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
