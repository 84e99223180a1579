-- What happened without network is judged by what was known when it happened, however much later it is told.

-- What a workstation had applied, and since when.
CREATE TABLE workstation_acks (
    workstation BLOB NOT NULL REFERENCES workstations (id),
    msp BLOB NOT NULL REFERENCES msps (id),
    tenant_version INTEGER NOT NULL,
    own_version INTEGER NOT NULL,
    acked_at INTEGER NOT NULL,
    PRIMARY KEY (workstation, tenant_version, own_version)
) STRICT;

-- When a technician might not enter: anywhere, or one tenant's workstations.
CREATE TABLE absences (
    msp BLOB NOT NULL REFERENCES msps (id),
    technician BLOB NOT NULL REFERENCES technicians (id),
    tenant BLOB REFERENCES tenants (id),
    left_at INTEGER NOT NULL,
    back_at INTEGER
) STRICT;
CREATE INDEX absences_by_technician ON absences (technician, left_at);
CREATE UNIQUE INDEX absences_everywhere ON absences (technician) WHERE tenant IS NULL AND back_at IS NULL;
CREATE UNIQUE INDEX absences_at_tenants ON absences (technician, tenant) WHERE tenant IS NOT NULL AND back_at IS NULL;

INSERT INTO workstation_acks (workstation, msp, tenant_version, own_version, acked_at)
    SELECT id, msp, acked_tenant, acked_own, acked_at FROM workstations WHERE acked_at IS NOT NULL;
INSERT INTO absences (msp, technician, left_at)
    SELECT msp, id, left_at FROM technicians WHERE left_at IS NOT NULL;
INSERT INTO absences (msp, technician, tenant, left_at)
    SELECT msp, technician, tenant, ended_at FROM delegations WHERE ended_at IS NOT NULL;
ALTER TABLE technicians DROP COLUMN left_at;
ALTER TABLE delegations DROP COLUMN ended_at;

-- When a workstation was back after it was away for long; how exact its clock's offset is; and the first own version of its
-- document that has its present epoch.
ALTER TABLE workstations ADD COLUMN back_at INTEGER;
ALTER TABLE workstations ADD COLUMN clock_within_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workstations ADD COLUMN offline_epoch_since INTEGER NOT NULL DEFAULT 0;

-- For whoever looks after what is odd.
CREATE INDEX sessions_flagged ON sessions (msp, id) WHERE flags <> '[]';

-- The account that a grant names, also when the tenant's mode has changed since.
ALTER TABLE logins ADD COLUMN granted_account TEXT;
UPDATE logins SET granted_account =
        CASE WHEN tenants.account_mode = 'shared' THEN tenants.shared_account ELSE technicians.account_name END
    FROM tenants, technicians
    WHERE tenants.id = logins.tenant AND technicians.id = logins.technician AND logins.granted_at IS NOT NULL;
