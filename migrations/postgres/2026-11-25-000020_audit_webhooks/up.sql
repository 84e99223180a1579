-- Servers of an msp's own that are sent its audit log: what admins say of them, and how far each has come. Nobody looks
-- at one before `due_at`, which is moved ahead by whoever takes it in hand, and whose `claim` it then is: a node that
-- dies with it loses nothing. A batch keeps its id and its end until it is delivered or given up.
CREATE TABLE audit_webhooks (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    url text NOT NULL,
    description text,
    filter text NOT NULL,
    state text NOT NULL,
    sealed bytea NOT NULL,
    secret_number integer NOT NULL,
    old_sealed bytea,
    old_until timestamptz,
    created_at timestamptz NOT NULL,
    next_position bigint NOT NULL,
    due_at timestamptz NOT NULL,
    claim uuid,
    batch uuid,
    through_position bigint,
    first_tried_at timestamptz,
    attempts integer NOT NULL,
    last_error text,
    failing_since timestamptz,
    told_at timestamptz,
    version bigint NOT NULL
);
CREATE INDEX audit_webhooks_by_msp ON audit_webhooks (msp, id);
CREATE INDEX audit_webhooks_by_due ON audit_webhooks (due_at) WHERE state = 'active';

-- Batches that were given up. Their events stand in the log.
CREATE TABLE audit_webhook_letters (
    id uuid PRIMARY KEY,
    webhook uuid NOT NULL REFERENCES audit_webhooks (id),
    msp uuid NOT NULL REFERENCES msps (id),
    from_position bigint NOT NULL,
    through_position bigint NOT NULL,
    filter text NOT NULL,
    attempts integer NOT NULL,
    reason text NOT NULL,
    first_tried_at timestamptz NOT NULL,
    given_up_at timestamptz NOT NULL,
    redelivered_at timestamptz
);
CREATE INDEX audit_webhook_letters_by_webhook ON audit_webhook_letters (webhook, id);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_webhooks', 'audit_webhook_letters']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY within_msp ON %I TO countersign_app USING (msp = (SELECT scope_msp()))', name);
        EXECUTE format('CREATE POLICY across_msps ON %I TO countersign_worker USING (true)', name);
    END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON audit_webhooks TO countersign_app;
GRANT SELECT, UPDATE (redelivered_at) ON audit_webhook_letters TO countersign_app;
-- The worker delivers; what is sent where is for admins to say.
GRANT SELECT, UPDATE (next_position, due_at, claim, batch, through_position, first_tried_at, attempts, last_error,
    failing_since, told_at) ON audit_webhooks TO countersign_worker;
GRANT SELECT, INSERT ON audit_webhook_letters TO countersign_worker;
