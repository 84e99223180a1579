-- Accounts, sessions, and offline secrets.

ALTER TABLE tenants ADD COLUMN account_mode text NOT NULL DEFAULT 'named';
ALTER TABLE tenants ADD COLUMN shared_account text;
ALTER TABLE tenants ADD COLUMN keep_profiles boolean NOT NULL DEFAULT true;
ALTER TABLE tenants ADD COLUMN offline text NOT NULL DEFAULT '{}';
ALTER TABLE tenants ADD COLUMN state_version bigint NOT NULL DEFAULT 0;
ALTER TABLE msps ADD COLUMN recovery_admins integer NOT NULL DEFAULT 2;
ALTER TABLE technicians ADD COLUMN offline_epoch integer NOT NULL DEFAULT 1;
ALTER TABLE technicians ADD COLUMN left_at timestamptz;
ALTER TABLE delegations ADD COLUMN ended_at timestamptz;
ALTER TABLE workstations ADD COLUMN state_version bigint NOT NULL DEFAULT 0;
ALTER TABLE workstations ADD COLUMN acked_tenant bigint NOT NULL DEFAULT 0;
ALTER TABLE workstations ADD COLUMN acked_own bigint NOT NULL DEFAULT 0;
ALTER TABLE workstations ADD COLUMN acked_at timestamptz;
ALTER TABLE workstations ADD COLUMN last_seen_at timestamptz;
ALTER TABLE workstations ADD COLUMN away_since timestamptz;
ALTER TABLE workstations ADD COLUMN clock_offset_ms bigint;
ALTER TABLE workstations ADD COLUMN clock_measured_at timestamptz;
ALTER TABLE workstations ADD COLUMN offline_epoch integer NOT NULL DEFAULT 1;
ALTER TABLE workstations ADD COLUMN clearances integer NOT NULL DEFAULT 0;
ALTER TABLE workstations ADD COLUMN uploaded bigint NOT NULL DEFAULT 0;

-- Account names, given once and never to anybody else.
CREATE TABLE account_names (
    msp uuid NOT NULL REFERENCES msps (id),
    name text NOT NULL,
    technician uuid REFERENCES technicians (id),
    tenant uuid REFERENCES tenants (id),
    given_at timestamptz NOT NULL,
    PRIMARY KEY (msp, name)
);

-- What an account is on a workstation: present, disabled, removing, removed.
CREATE TABLE workstation_accounts (
    workstation uuid NOT NULL REFERENCES workstations (id),
    account text NOT NULL,
    msp uuid NOT NULL REFERENCES msps (id),
    tenant uuid NOT NULL REFERENCES tenants (id),
    technician uuid REFERENCES technicians (id),
    state text NOT NULL,
    trouble text,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (workstation, account)
);
CREATE INDEX workstation_accounts_by_technician ON workstation_accounts (technician) WHERE technician IS NOT NULL;
CREATE INDEX workstation_accounts_by_tenant ON workstation_accounts (tenant, account);

-- What happened after a login, or offline: a technician on a workstation under an account.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    tenant uuid NOT NULL REFERENCES tenants (id),
    workstation uuid NOT NULL REFERENCES workstations (id),
    technician uuid REFERENCES technicians (id),
    login uuid REFERENCES logins (id),
    sequence bigint,
    account text NOT NULL,
    purpose text NOT NULL,
    trust text NOT NULL,
    account_created boolean NOT NULL,
    password_made_at timestamptz,
    secret_version text,
    step bigint,
    flags text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_requested_at timestamptz,
    reported_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX sessions_by_login ON sessions (login) WHERE login IS NOT NULL;
CREATE UNIQUE INDEX sessions_by_sequence ON sessions (workstation, sequence) WHERE sequence IS NOT NULL;
CREATE INDEX sessions_open ON sessions (msp, id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_workstation ON sessions (workstation, technician);
CREATE INDEX sessions_by_technician ON sessions (technician, workstation) WHERE technician IS NOT NULL;
CREATE INDEX sessions_by_code ON sessions (workstation, secret_version, step) WHERE step IS NOT NULL;

-- Offline secrets, sealed: a workstation's own, a tenant's, or the root of a tenant's derived ones. The state
-- versions say which document of a workstation first knows this one, and which first knows it no more.
CREATE TABLE offline_secrets (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    tenant uuid NOT NULL REFERENCES tenants (id),
    workstation uuid REFERENCES workstations (id),
    kind text NOT NULL,
    number integer NOT NULL,
    sealed bytea NOT NULL,
    made_at timestamptz NOT NULL,
    replaced_at timestamptz,
    accepted_until timestamptz,
    since_tenant bigint NOT NULL,
    since_own bigint NOT NULL,
    ended_tenant bigint,
    ended_own bigint,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX offline_secrets_by_workstation ON offline_secrets (workstation, kind, number) WHERE workstation IS NOT NULL;
CREATE UNIQUE INDEX offline_secrets_by_tenant ON offline_secrets (tenant, kind, number) WHERE workstation IS NULL;
CREATE INDEX offline_secrets_standing ON offline_secrets (tenant, workstation) WHERE replaced_at IS NULL;

-- Which phones received which secrets; and the first state document by which a workstation accepts them no more.
CREATE TABLE offline_handovers (
    secret uuid NOT NULL REFERENCES offline_secrets (id),
    device uuid NOT NULL REFERENCES devices (id),
    epoch integer NOT NULL,
    msp uuid NOT NULL REFERENCES msps (id),
    tenant uuid NOT NULL REFERENCES tenants (id),
    technician uuid NOT NULL REFERENCES technicians (id),
    handed_at timestamptz NOT NULL,
    ended_tenant bigint,
    ended_own bigint,
    PRIMARY KEY (secret, device, epoch)
);
CREATE INDEX offline_handovers_by_technician ON offline_handovers (technician, secret);

-- Codes that phones say they showed, signed by them.
CREATE TABLE shown_codes (
    device uuid NOT NULL REFERENCES devices (id),
    workstation uuid NOT NULL REFERENCES workstations (id),
    secret_version text NOT NULL,
    step bigint NOT NULL,
    msp uuid NOT NULL REFERENCES msps (id),
    technician uuid NOT NULL REFERENCES technicians (id),
    shown_at timestamptz NOT NULL,
    reported_at timestamptz NOT NULL,
    PRIMARY KEY (workstation, secret_version, step, device)
);

-- One-time codes that open a workstation when nothing else does, sealed.
CREATE TABLE recovery_codes (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    tenant uuid NOT NULL REFERENCES tenants (id),
    workstation uuid NOT NULL REFERENCES workstations (id),
    number integer NOT NULL,
    sealed bytea NOT NULL,
    made_at timestamptz NOT NULL,
    replaced_at timestamptz,
    used_at timestamptz,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX recovery_codes_by_number ON recovery_codes (workstation, number);

-- Who asked for one, why, and who agreed.
CREATE TABLE recovery_requests (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    tenant uuid NOT NULL REFERENCES tenants (id),
    workstation uuid NOT NULL REFERENCES workstations (id),
    reason text NOT NULL,
    requested_by uuid NOT NULL REFERENCES admin_tokens (id),
    requested_at timestamptz NOT NULL,
    agreed_by uuid REFERENCES admin_tokens (id),
    agreed_at timestamptz,
    expires_at timestamptz NOT NULL,
    released_at timestamptz,
    number integer,
    version bigint NOT NULL
);
CREATE INDEX recovery_requests_by_workstation ON recovery_requests (workstation, id);

-- Changes of what workstations are told, to see how far each has come.
CREATE TABLE state_changes (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    tenant uuid NOT NULL REFERENCES tenants (id),
    workstation uuid REFERENCES workstations (id),
    what text NOT NULL,
    since_tenant bigint NOT NULL,
    since_own bigint NOT NULL,
    made_at timestamptz NOT NULL
);
CREATE INDEX state_changes_by_tenant ON state_changes (tenant, id);

-- Without FORCE, row-level security lets the owner see the rows.
ALTER TABLE technicians NO FORCE ROW LEVEL SECURITY;
INSERT INTO account_names (msp, name, technician, given_at)
    SELECT msp, account_name, id, created_at FROM technicians;
ALTER TABLE technicians FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['workstation_accounts', 'sessions', 'offline_secrets', 'offline_handovers', 'recovery_codes', 'recovery_requests', 'state_changes']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY within_msp ON %I TO countersign_app USING (msp = (SELECT scope_msp())
                AND ((SELECT scope_tenant()) IS NULL OR tenant = (SELECT scope_tenant())))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['account_names', 'shown_codes']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY within_msp ON %I TO countersign_app USING (msp = (SELECT scope_msp()))', name);
    END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON workstation_accounts, sessions, offline_secrets, offline_handovers,
    recovery_codes, recovery_requests TO countersign_app;
GRANT SELECT, INSERT ON account_names, shown_codes, state_changes TO countersign_app;

-- While Redis carries no wake-ups, each node reads the versions that its parked workstations wait for.
CREATE POLICY across_msps ON workstations FOR SELECT TO countersign_worker USING (true);
CREATE POLICY across_msps ON tenants FOR SELECT TO countersign_worker USING (true);
GRANT SELECT (id, tenant, state_version) ON workstations TO countersign_worker;
GRANT SELECT (id, state_version) ON tenants TO countersign_worker;
