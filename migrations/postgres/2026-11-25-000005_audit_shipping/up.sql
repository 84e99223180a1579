-- The newest checkpoint of each log that somebody else has, by where it was sent.
CREATE TABLE audit_shipments (
    target text NOT NULL,
    msp uuid NOT NULL REFERENCES msps (id),
    generation integer NOT NULL,
    size bigint NOT NULL,
    shipped_at timestamptz NOT NULL,
    PRIMARY KEY (target, msp)
);

ALTER TABLE audit_shipments ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_shipments FORCE ROW LEVEL SECURITY;
CREATE POLICY within_msp ON audit_shipments FOR SELECT TO countersign_app USING (msp = (SELECT scope_msp()));
CREATE POLICY across_msps ON audit_shipments TO countersign_worker USING (true);
GRANT SELECT ON audit_shipments TO countersign_app;
GRANT SELECT, INSERT, UPDATE ON audit_shipments TO countersign_worker;
