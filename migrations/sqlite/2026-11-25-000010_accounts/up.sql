-- Accounts, sessions, and offline secrets.

ALTER TABLE tenants ADD COLUMN account_mode TEXT NOT NULL DEFAULT 'named';
ALTER TABLE tenants ADD COLUMN shared_account TEXT;
ALTER TABLE tenants ADD COLUMN keep_profiles INTEGER NOT NULL DEFAULT 1;
ALTER TABLE tenants ADD COLUMN offline TEXT NOT NULL DEFAULT '{}';
ALTER TABLE tenants ADD COLUMN state_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE msps ADD COLUMN recovery_admins INTEGER NOT NULL DEFAULT 2;
ALTER TABLE technicians ADD COLUMN offline_epoch INTEGER NOT NULL DEFAULT 1;
ALTER TABLE technicians ADD COLUMN left_at INTEGER;
ALTER TABLE delegations ADD COLUMN ended_at INTEGER;
ALTER TABLE workstations ADD COLUMN state_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workstations ADD COLUMN acked_tenant INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workstations ADD COLUMN acked_own INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workstations ADD COLUMN acked_at INTEGER;
ALTER TABLE workstations ADD COLUMN last_seen_at INTEGER;
ALTER TABLE workstations ADD COLUMN away_since INTEGER;
ALTER TABLE workstations ADD COLUMN clock_offset_ms INTEGER;
ALTER TABLE workstations ADD COLUMN clock_measured_at INTEGER;
ALTER TABLE workstations ADD COLUMN offline_epoch INTEGER NOT NULL DEFAULT 1;
ALTER TABLE workstations ADD COLUMN clearances INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workstations ADD COLUMN uploaded INTEGER NOT NULL DEFAULT 0;

-- Account names, given once and never to anybody else.
CREATE TABLE account_names (
    msp BLOB NOT NULL REFERENCES msps (id),
    name TEXT NOT NULL,
    technician BLOB REFERENCES technicians (id),
    tenant BLOB REFERENCES tenants (id),
    given_at INTEGER NOT NULL,
    PRIMARY KEY (msp, name)
) STRICT;

-- What an account is on a workstation: present, disabled, removing, removed.
CREATE TABLE workstation_accounts (
    workstation BLOB NOT NULL REFERENCES workstations (id),
    account TEXT NOT NULL,
    msp BLOB NOT NULL REFERENCES msps (id),
    tenant BLOB NOT NULL REFERENCES tenants (id),
    technician BLOB REFERENCES technicians (id),
    state TEXT NOT NULL,
    trouble TEXT,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (workstation, account)
) STRICT;
CREATE INDEX workstation_accounts_by_technician ON workstation_accounts (technician) WHERE technician IS NOT NULL;
CREATE INDEX workstation_accounts_by_tenant ON workstation_accounts (tenant, account);

-- What happened after a login, or offline: a technician on a workstation under an account.
CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    tenant BLOB NOT NULL REFERENCES tenants (id),
    workstation BLOB NOT NULL REFERENCES workstations (id),
    technician BLOB REFERENCES technicians (id),
    login BLOB REFERENCES logins (id),
    sequence INTEGER,
    account TEXT NOT NULL,
    purpose TEXT NOT NULL,
    trust TEXT NOT NULL,
    account_created INTEGER NOT NULL,
    password_made_at INTEGER,
    secret_version TEXT,
    step INTEGER,
    flags TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    end_requested_at INTEGER,
    reported_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sessions_by_login ON sessions (login) WHERE login IS NOT NULL;
CREATE UNIQUE INDEX sessions_by_sequence ON sessions (workstation, sequence) WHERE sequence IS NOT NULL;
CREATE INDEX sessions_open ON sessions (msp, id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_workstation ON sessions (workstation, technician);
CREATE INDEX sessions_by_technician ON sessions (technician, workstation) WHERE technician IS NOT NULL;
CREATE INDEX sessions_by_code ON sessions (workstation, secret_version, step) WHERE step IS NOT NULL;

-- Offline secrets, sealed: a workstation's own, a tenant's, or the root of a tenant's derived ones. The state
-- versions say which document of a workstation first knows this one, and which first knows it no more.
CREATE TABLE offline_secrets (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    tenant BLOB NOT NULL REFERENCES tenants (id),
    workstation BLOB REFERENCES workstations (id),
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    replaced_at INTEGER,
    accepted_until INTEGER,
    since_tenant INTEGER NOT NULL,
    since_own INTEGER NOT NULL,
    ended_tenant INTEGER,
    ended_own INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX offline_secrets_by_workstation ON offline_secrets (workstation, kind, number) WHERE workstation IS NOT NULL;
CREATE UNIQUE INDEX offline_secrets_by_tenant ON offline_secrets (tenant, kind, number) WHERE workstation IS NULL;
CREATE INDEX offline_secrets_standing ON offline_secrets (tenant, workstation) WHERE replaced_at IS NULL;

-- Which phones received which secrets; and the first state document by which a workstation accepts them no more.
CREATE TABLE offline_handovers (
    secret BLOB NOT NULL REFERENCES offline_secrets (id),
    device BLOB NOT NULL REFERENCES devices (id),
    epoch INTEGER NOT NULL,
    msp BLOB NOT NULL REFERENCES msps (id),
    tenant BLOB NOT NULL REFERENCES tenants (id),
    technician BLOB NOT NULL REFERENCES technicians (id),
    handed_at INTEGER NOT NULL,
    ended_tenant INTEGER,
    ended_own INTEGER,
    PRIMARY KEY (secret, device, epoch)
) STRICT;
CREATE INDEX offline_handovers_by_technician ON offline_handovers (technician, secret);

-- Codes that phones say they showed, signed by them.
CREATE TABLE shown_codes (
    device BLOB NOT NULL REFERENCES devices (id),
    workstation BLOB NOT NULL REFERENCES workstations (id),
    secret_version TEXT NOT NULL,
    step INTEGER NOT NULL,
    msp BLOB NOT NULL REFERENCES msps (id),
    technician BLOB NOT NULL REFERENCES technicians (id),
    shown_at INTEGER NOT NULL,
    reported_at INTEGER NOT NULL,
    PRIMARY KEY (workstation, secret_version, step, device)
) STRICT;

-- One-time codes that open a workstation when nothing else does, sealed.
CREATE TABLE recovery_codes (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    tenant BLOB NOT NULL REFERENCES tenants (id),
    workstation BLOB NOT NULL REFERENCES workstations (id),
    number INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    replaced_at INTEGER,
    used_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX recovery_codes_by_number ON recovery_codes (workstation, number);

-- Who asked for one, why, and who agreed.
CREATE TABLE recovery_requests (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    tenant BLOB NOT NULL REFERENCES tenants (id),
    workstation BLOB NOT NULL REFERENCES workstations (id),
    reason TEXT NOT NULL,
    requested_by BLOB NOT NULL REFERENCES admin_tokens (id),
    requested_at INTEGER NOT NULL,
    agreed_by BLOB REFERENCES admin_tokens (id),
    agreed_at INTEGER,
    expires_at INTEGER NOT NULL,
    released_at INTEGER,
    number INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX recovery_requests_by_workstation ON recovery_requests (workstation, id);

-- Changes of what workstations are told, to see how far each has come.
CREATE TABLE state_changes (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    tenant BLOB NOT NULL REFERENCES tenants (id),
    workstation BLOB REFERENCES workstations (id),
    what TEXT NOT NULL,
    since_tenant INTEGER NOT NULL,
    since_own INTEGER NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;
CREATE INDEX state_changes_by_tenant ON state_changes (tenant, id);

INSERT INTO account_names (msp, name, technician, given_at)
    SELECT msp, account_name, id, created_at FROM technicians;
