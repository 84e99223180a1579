-- Texts go one by one where a recorded pruning covers them, and a month goes once nothing is left of it. Each month goes
-- in a transaction of its own, and to ask whether anything is left costs no more than to look at its first row.
DROP FUNCTION audit_drop_months(timestamptz);

-- The tables of the months that ended before `before`, oldest first.
CREATE FUNCTION audit_months_before(before timestamptz) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
SELECT c.relname::text FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = 'audit_events'::regclass AND c.relname ~ '^audit_events_[0-9]{4}_[0-9]{2}$'
    AND c.relname < 'audit_events_' || to_char(before AT TIME ZONE 'UTC', 'YYYY_MM')
ORDER BY 1
$$;

-- Drops the table of a month that ended before `before`, if nothing is left in it. Nobody waits for it: what is in use
-- is left for the next time.
CREATE FUNCTION audit_drop_month(month text, before timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '200ms' AS $$
DECLARE
    stays boolean;
BEGIN
    IF month NOT IN (SELECT audit_months_before(before)) THEN
        RETURN false;
    END IF;
    EXECUTE format('LOCK TABLE %I IN SHARE ROW EXCLUSIVE MODE', month);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', month) INTO stays;
    IF stays THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE %I', month);
    RETURN true;
EXCEPTION
    WHEN lock_not_available THEN RETURN false;
END
$$;
REVOKE ALL ON FUNCTION audit_drop_month(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_drop_month(text, timestamptz) TO countersign_retention;

-- Whether what a target has under a log's name is another history. Nothing is signed under that name any more.
ALTER TABLE audit_shipments ADD COLUMN contradicted boolean NOT NULL DEFAULT false;
