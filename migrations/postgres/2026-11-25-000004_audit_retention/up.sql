-- How long an msp's texts are kept: NULL is for ever. A legal hold stops everything that would take one away.
ALTER TABLE msps ADD COLUMN audit_retention_days integer;
ALTER TABLE msps ADD COLUMN legal_hold boolean NOT NULL DEFAULT false;

-- A fourth role, for what the others may not:
--   retention: takes texts out of the audit log, where a recorded pruning covers them
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_retention') THEN
        CREATE ROLE countersign_retention NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

-- What was asked to go. First there is the event; once it stands in the log, the texts go; then `done_at` says so.
CREATE TABLE audit_prunings (
    msp uuid NOT NULL REFERENCES msps (id),
    from_position bigint NOT NULL,
    through_position bigint NOT NULL,
    event_id uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (msp, through_position)
);
CREATE INDEX audit_prunings_undone ON audit_prunings (msp) WHERE done_at IS NULL;

-- Whether a text may go: an entry of the log itself says that its position was pruned, no hold is on its msp, and it
-- is none of those that others are verified by (enrolments hold the keys of approvals).
CREATE FUNCTION audit_may_go(of_msp uuid, at bigint, of_kind text) RETURNS boolean
    LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
SELECT of_kind NOT IN ('device_enrolled', 'audit_pruned', 'log_reopened')
    AND NOT EXISTS (SELECT FROM msps WHERE id = of_msp AND legal_hold)
    AND EXISTS (
        SELECT FROM audit_prunings AS p
        JOIN audit_leaves AS l ON l.event_id = p.event_id AND l.msp = p.msp AND l.position > p.through_position
        JOIN audit_events AS e ON e.msp = l.msp AND e.position = l.position AND e.event_id = l.event_id
            AND e.kind = 'audit_pruned'
        WHERE p.msp = of_msp AND at BETWEEN p.from_position AND p.through_position
            AND (e.body::jsonb ->> 'from')::bigint = p.from_position
            AND (e.body::jsonb ->> 'through')::bigint = p.through_position
    )
$$;

CREATE FUNCTION audit_events_refuse() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' AND audit_may_go(OLD.msp, OLD.position, OLD.kind) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_events_refuses_change BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_refuse();

-- Takes whole months away that ended before `before` and of which no text has to stay; how many. Nobody waits for
-- it: what is in use is left for the next time.
CREATE FUNCTION audit_drop_months(before timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '200ms' AS $$
DECLARE
    month text;
    stays boolean;
    dropped integer := 0;
BEGIN
    FOR month IN
        SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'audit_events'::regclass AND c.relname ~ '^audit_events_[0-9]{4}_[0-9]{2}$'
            AND c.relname < 'audit_events_' || to_char(before AT TIME ZONE 'UTC', 'YYYY_MM')
        ORDER BY 1
    LOOP
        BEGIN
            EXECUTE format('LOCK TABLE %I IN SHARE ROW EXCLUSIVE MODE', month);
            EXECUTE format('SELECT EXISTS (SELECT FROM %I AS e WHERE NOT audit_may_go(e.msp, e.position, e.kind))', month)
                INTO stays;
            IF NOT stays THEN
                EXECUTE format('DROP TABLE %I', month);
                dropped := dropped + 1;
            END IF;
        EXCEPTION
            WHEN lock_not_available THEN NULL;
        END;
    END LOOP;
    RETURN dropped;
END
$$;
REVOKE ALL ON FUNCTION audit_drop_months(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_drop_months(timestamptz) TO countersign_retention;

ALTER TABLE audit_prunings ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_prunings FORCE ROW LEVEL SECURITY;
CREATE POLICY within_msp ON audit_prunings TO countersign_app USING (msp = (SELECT scope_msp()));
CREATE POLICY across_msps ON audit_prunings TO countersign_worker USING (true);
GRANT SELECT, INSERT ON audit_prunings TO countersign_app;
GRANT SELECT ON audit_prunings TO countersign_worker;
GRANT UPDATE (done_at) ON audit_prunings TO countersign_worker;

-- What the sweep must know of msps; and the version of one whose log goes on after a restored backup, which it raises
-- in the transaction that records it.
CREATE POLICY across_msps ON msps TO countersign_worker USING (true);
GRANT SELECT (id, audit_retention_days, legal_hold, version) ON msps TO countersign_worker;
GRANT UPDATE (version) ON msps TO countersign_worker;

-- What decides whether a text may go, for who asks: the retention role, and the owner by whom months are dropped.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_prunings', 'audit_leaves', 'audit_events', 'msps']
    LOOP
        EXECUTE format('CREATE POLICY by_retention ON %I FOR SELECT TO countersign_retention USING (true)', name);
        EXECUTE format('CREATE POLICY by_the_owner ON %I FOR SELECT TO CURRENT_USER USING (true)', name);
    END LOOP;
END
$$;
CREATE POLICY pruned ON audit_events FOR DELETE TO countersign_retention USING (true);
GRANT SELECT ON audit_prunings, audit_leaves TO countersign_retention;
GRANT SELECT (id, legal_hold) ON msps TO countersign_retention;
GRANT SELECT, DELETE ON audit_events TO countersign_retention;

-- Two that make a month at once don't see each other's table before it is there: the slower one has nothing to do.
CREATE OR REPLACE FUNCTION audit_make_partition(instant timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    first timestamp := date_trunc('month', instant AT TIME ZONE 'UTC');
    name text := 'audit_events_' || to_char(first, 'YYYY_MM');
BEGIN
    IF to_regclass(quote_ident(name)) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('audit_make_partition'));
    EXECUTE format('CREATE TABLE %I PARTITION OF audit_events FOR VALUES FROM (%L) TO (%L)', name,
        first AT TIME ZONE 'UTC', (first + interval '1 month') AT TIME ZONE 'UTC');
    RETURN true;
EXCEPTION
    WHEN duplicate_table THEN RETURN false;
END
$$;
