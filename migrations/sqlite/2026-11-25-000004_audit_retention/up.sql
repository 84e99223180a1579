-- How long an msp's texts are kept: NULL is for ever. A legal hold stops everything that would take one away.
ALTER TABLE msps ADD COLUMN audit_retention_days INTEGER;
ALTER TABLE msps ADD COLUMN legal_hold INTEGER NOT NULL DEFAULT 0;

-- What was asked to go. First there is the event; once it stands in the log, the texts go; then `done_at` says so.
CREATE TABLE audit_prunings (
    msp BLOB NOT NULL REFERENCES msps (id),
    from_position INTEGER NOT NULL,
    through_position INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    requested_at INTEGER NOT NULL,
    done_at INTEGER,
    PRIMARY KEY (msp, through_position)
) STRICT;
CREATE INDEX audit_prunings_undone ON audit_prunings (msp) WHERE done_at IS NULL;

CREATE TRIGGER audit_prunings_refuses_update
    BEFORE UPDATE OF msp, from_position, through_position, event_id, requested_at ON audit_prunings
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
CREATE TRIGGER audit_prunings_refuses_delete BEFORE DELETE ON audit_prunings
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;

-- A text may go where an entry of the log itself says that its position was pruned, no hold is on its msp, and it
-- is none of those that others are verified by (enrolments hold the keys of approvals).
DROP TRIGGER audit_events_refuses_delete;
CREATE TRIGGER audit_events_refuses_delete BEFORE DELETE ON audit_events
    WHEN OLD.kind IN ('device_enrolled', 'audit_pruned', 'log_reopened')
        OR EXISTS (SELECT 1 FROM msps WHERE id = OLD.msp AND legal_hold)
        OR NOT EXISTS (
            SELECT 1 FROM audit_prunings AS p
            JOIN audit_leaves AS l ON l.event_id = p.event_id AND l.msp = p.msp AND l.position > p.through_position
            JOIN audit_events AS e ON e.msp = l.msp AND e.position = l.position AND e.event_id = l.event_id
                AND e.kind = 'audit_pruned'
            WHERE p.msp = OLD.msp AND OLD.position BETWEEN p.from_position AND p.through_position
                AND json_extract(e.body, '$.from') = p.from_position
                AND json_extract(e.body, '$.through') = p.through_position
        )
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
