-- What happened without network is judged by what was known when it happened, however much later it is told.

-- What a workstation had applied, and since when.
CREATE TABLE workstation_acks (
    workstation uuid NOT NULL REFERENCES workstations (id),
    msp uuid NOT NULL REFERENCES msps (id),
    tenant_version bigint NOT NULL,
    own_version bigint NOT NULL,
    acked_at timestamptz NOT NULL,
    PRIMARY KEY (workstation, tenant_version, own_version)
);

-- When a technician might not enter: anywhere, or one tenant's workstations.
CREATE TABLE absences (
    msp uuid NOT NULL REFERENCES msps (id),
    technician uuid NOT NULL REFERENCES technicians (id),
    tenant uuid REFERENCES tenants (id),
    left_at timestamptz NOT NULL,
    back_at timestamptz
);
CREATE INDEX absences_by_technician ON absences (technician, left_at);
CREATE UNIQUE INDEX absences_everywhere ON absences (technician) WHERE tenant IS NULL AND back_at IS NULL;
CREATE UNIQUE INDEX absences_at_tenants ON absences (technician, tenant) WHERE tenant IS NOT NULL AND back_at IS NULL;

-- Without FORCE, row-level security lets the owner see the rows.
ALTER TABLE workstations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE technicians NO FORCE ROW LEVEL SECURITY;
ALTER TABLE delegations NO FORCE ROW LEVEL SECURITY;
INSERT INTO workstation_acks (workstation, msp, tenant_version, own_version, acked_at)
    SELECT id, msp, acked_tenant, acked_own, acked_at FROM workstations WHERE acked_at IS NOT NULL;
INSERT INTO absences (msp, technician, left_at)
    SELECT msp, id, left_at FROM technicians WHERE left_at IS NOT NULL;
INSERT INTO absences (msp, technician, tenant, left_at)
    SELECT msp, technician, tenant, ended_at FROM delegations WHERE ended_at IS NOT NULL;
ALTER TABLE workstations FORCE ROW LEVEL SECURITY;
ALTER TABLE delegations FORCE ROW LEVEL SECURITY;
ALTER TABLE technicians DROP COLUMN left_at;
ALTER TABLE delegations DROP COLUMN ended_at;

-- When a workstation was back after it was away for long; how exact its clock's offset is; and the first own version of its
-- document that has its present epoch.
ALTER TABLE workstations ADD COLUMN back_at timestamptz;
ALTER TABLE workstations ADD COLUMN clock_within_ms bigint NOT NULL DEFAULT 0;
ALTER TABLE workstations ADD COLUMN offline_epoch_since bigint NOT NULL DEFAULT 0;

-- For whoever looks after what is odd.
CREATE INDEX sessions_flagged ON sessions (msp, id) WHERE flags <> '[]';

-- The account that a grant names, also when the tenant's mode has changed since.
ALTER TABLE logins ADD COLUMN granted_account text;
ALTER TABLE logins NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY;
UPDATE logins SET granted_account =
        CASE WHEN tenants.account_mode = 'shared' THEN tenants.shared_account ELSE technicians.account_name END
    FROM tenants, technicians
    WHERE tenants.id = logins.tenant AND technicians.id = logins.technician AND logins.granted_at IS NOT NULL;
ALTER TABLE technicians FORCE ROW LEVEL SECURITY;
ALTER TABLE logins FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['workstation_acks', 'absences']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY within_msp ON %I TO countersign_app USING (msp = (SELECT scope_msp()))', name);
    END LOOP;
END
$$;
GRANT SELECT, INSERT ON workstation_acks TO countersign_app;
GRANT SELECT, INSERT, UPDATE ON absences TO countersign_app;
