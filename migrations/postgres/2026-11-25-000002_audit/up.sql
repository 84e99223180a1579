-- The audit log. The service's requests may read their msp's; the worker role adds to it; nobody changes it.

-- The head of each msp's tree: its size, its right edge (the roots of its full subtrees, largest first), and
-- the instant of its last entry, below which no later one falls. Whoever numbers entries locks it.
CREATE TABLE audit_logs (
    msp uuid PRIMARY KEY REFERENCES msps (id),
    size bigint NOT NULL,
    frontier bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    signed_size bigint NOT NULL
);

-- The names and keys under which an msp's checkpoints were signed: one, and one more after each reopening.
CREATE TABLE audit_origins (
    msp uuid NOT NULL REFERENCES msps (id),
    generation integer NOT NULL,
    name text NOT NULL,
    public_key bytea NOT NULL,
    sealed bytea NOT NULL,
    from_size bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    PRIMARY KEY (msp, generation)
);

CREATE TABLE audit_leaves (
    msp uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (msp, position)
);
CREATE UNIQUE INDEX audit_leaves_by_event_id ON audit_leaves (event_id);

-- Roots of full subtrees of 256, 65,536, ... leaves: what a tile of level 1, 2, ... holds.
CREATE TABLE audit_nodes (
    msp uuid NOT NULL,
    level smallint NOT NULL,
    position bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (msp, level, position)
);

CREATE TABLE audit_checkpoints (
    msp uuid NOT NULL,
    generation integer NOT NULL,
    size bigint NOT NULL,
    note text NOT NULL,
    signed_at timestamptz NOT NULL,
    PRIMARY KEY (msp, generation, size)
);

-- What the leaves are the hashes of. The columns beside the body repeat it, to find it by.
CREATE TABLE audit_events (
    msp uuid NOT NULL,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    kind text NOT NULL,
    outcome text,
    tenant uuid,
    technician uuid,
    workstation uuid,
    account text,
    sentence text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (msp, position, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX audit_events_by_recorded_at ON audit_events (msp, recorded_at, position);
CREATE INDEX audit_events_by_kind ON audit_events (msp, kind, position);
CREATE INDEX audit_events_by_outcome ON audit_events (msp, outcome, position) WHERE outcome IS NOT NULL;
CREATE INDEX audit_events_by_tenant ON audit_events (msp, tenant, position) WHERE tenant IS NOT NULL;
CREATE INDEX audit_events_by_technician ON audit_events (msp, technician, position) WHERE technician IS NOT NULL;
CREATE INDEX audit_events_by_workstation ON audit_events (msp, workstation, position) WHERE workstation IS NOT NULL;
CREATE INDEX audit_events_by_account ON audit_events (msp, account, position) WHERE account IS NOT NULL;

-- What could not become an entry, and why.
CREATE TABLE audit_dead_letters (
    id uuid PRIMARY KEY,
    source text NOT NULL,
    reason text NOT NULL,
    entry text NOT NULL,
    found_at timestamptz NOT NULL
);
CREATE INDEX audit_dead_letters_by_age ON audit_dead_letters (found_at);

-- Makes the partition that an instant falls into, as the owner of the tables: true if it was missing.
CREATE FUNCTION audit_make_partition(instant timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    first timestamp := date_trunc('month', instant AT TIME ZONE 'UTC');
    name text := 'audit_events_' || to_char(first, 'YYYY_MM');
BEGIN
    IF to_regclass(quote_ident(name)) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('audit_make_partition'));
    IF to_regclass(quote_ident(name)) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I PARTITION OF audit_events FOR VALUES FROM (%L) TO (%L)', name,
        first AT TIME ZONE 'UTC', (first + interval '1 month') AT TIME ZONE 'UTC');
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION audit_make_partition(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_make_partition(timestamptz) TO countersign_worker;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_logs', 'audit_origins', 'audit_leaves', 'audit_nodes', 'audit_checkpoints',
        'audit_events']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY within_msp ON %I FOR SELECT TO countersign_app USING (msp = (SELECT scope_msp()))', name);
        EXECUTE format('CREATE POLICY across_msps ON %I TO countersign_worker USING (true)', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO countersign_worker', name);
        EXECUTE format('GRANT SELECT ON %I TO countersign_app', name);
    END LOOP;
END
$$;
-- The sealed key is nothing that a request needs.
REVOKE SELECT ON audit_origins FROM countersign_app;
GRANT SELECT (msp, generation, name, public_key, from_size, opened_at) ON audit_origins TO countersign_app;
GRANT UPDATE (size, frontier, recorded_at, signed_size) ON audit_logs TO countersign_worker;

ALTER TABLE audit_dead_letters ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_dead_letters FORCE ROW LEVEL SECURITY;
CREATE POLICY installation ON audit_dead_letters TO countersign_worker USING (true);
GRANT SELECT, INSERT ON audit_dead_letters TO countersign_worker;

-- The worker takes events out of the outbox in the transaction that adds them to the log.
CREATE POLICY across_msps ON outbox TO countersign_worker USING (true);
GRANT SELECT, DELETE ON outbox TO countersign_worker;
