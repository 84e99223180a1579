-- The same tables as on PostgreSQL. Ids are 16-byte BLOBs, instants Unix milliseconds, flags 0 or 1.

CREATE TABLE msps (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    account_prefix TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE admin_tokens (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    name TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX admin_tokens_by_msp ON admin_tokens (msp, id);

CREATE TABLE tenants (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    name TEXT NOT NULL,
    code_digits INTEGER,
    login_lifetime_s INTEGER,
    refuse_other_network INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX tenants_by_name ON tenants (msp, name);
CREATE INDEX tenants_by_msp ON tenants (msp, id);

CREATE TABLE technicians (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    user_name TEXT NOT NULL,
    account_name TEXT NOT NULL,
    status TEXT NOT NULL,
    consecutive_failures INTEGER NOT NULL,
    push_paused_until INTEGER,
    devices_version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX technicians_by_email_key ON technicians (msp, email_key);
CREATE UNIQUE INDEX technicians_by_user_name ON technicians (msp, user_name);
CREATE UNIQUE INDEX technicians_by_account_name ON technicians (msp, account_name);
CREATE INDEX technicians_by_msp ON technicians (msp, id);

CREATE TABLE delegations (
    msp BLOB NOT NULL REFERENCES msps (id),
    tenant BLOB NOT NULL REFERENCES tenants (id),
    technician BLOB NOT NULL REFERENCES technicians (id),
    active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant, technician)
) STRICT;
CREATE INDEX delegations_by_technician ON delegations (technician, tenant);

CREATE TABLE device_tickets (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    technician BLOB NOT NULL REFERENCES technicians (id),
    secret_hash BLOB NOT NULL,
    nonce BLOB NOT NULL,
    jkt TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    consumed_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX device_tickets_by_technician ON device_tickets (technician);

CREATE TABLE devices (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    technician BLOB NOT NULL REFERENCES technicians (id),
    jkt TEXT NOT NULL,
    name TEXT NOT NULL,
    model TEXT NOT NULL,
    os TEXT NOT NULL,
    push TEXT,
    status TEXT NOT NULL,
    credential_id BLOB NOT NULL,
    passkey TEXT NOT NULL,
    sign_count INTEGER NOT NULL,
    refresh_family BLOB NOT NULL,
    refresh_generation INTEGER NOT NULL,
    refresh_rotated_at INTEGER NOT NULL,
    refresh_revoked INTEGER NOT NULL,
    enrolled_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX devices_by_jkt ON devices (msp, jkt);
CREATE UNIQUE INDEX devices_by_credential_id ON devices (msp, credential_id);
CREATE INDEX devices_by_technician ON devices (technician, id);

CREATE TABLE workstations (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    tenant BLOB NOT NULL REFERENCES tenants (id),
    host_name TEXT NOT NULL,
    os TEXT NOT NULL,
    agent_version TEXT NOT NULL,
    hardware_id TEXT NOT NULL,
    jkt TEXT NOT NULL,
    signing_key TEXT NOT NULL,
    encryption_key TEXT NOT NULL,
    status TEXT NOT NULL,
    counter INTEGER NOT NULL,
    rotation BLOB,
    push_frozen_at INTEGER,
    enrolment_token BLOB NOT NULL,
    enrolled_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX workstations_by_jkt ON workstations (msp, jkt);
CREATE UNIQUE INDEX workstations_by_hardware_id ON workstations (tenant, hardware_id) WHERE status <> 'retired';
CREATE INDEX workstations_by_tenant ON workstations (tenant, id);

CREATE TABLE enrolment_tokens (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    tenant BLOB NOT NULL REFERENCES tenants (id),
    workstation BLOB REFERENCES workstations (id),
    secret_hash BLOB NOT NULL,
    uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
    auto_confirm INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX enrolment_tokens_by_tenant ON enrolment_tokens (tenant, id);

CREATE TABLE replacements (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    tenant BLOB NOT NULL REFERENCES tenants (id),
    workstation BLOB NOT NULL REFERENCES workstations (id),
    host_name TEXT NOT NULL,
    os TEXT NOT NULL,
    agent_version TEXT NOT NULL,
    hardware_id TEXT NOT NULL,
    jkt TEXT NOT NULL,
    signing_key TEXT NOT NULL,
    encryption_key TEXT NOT NULL,
    state TEXT NOT NULL,
    enrolment_token BLOB NOT NULL,
    requested_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX replacements_by_workstation ON replacements (workstation) WHERE state = 'pending';
CREATE INDEX replacements_by_jkt ON replacements (msp, jkt);

CREATE TABLE logins (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    tenant BLOB NOT NULL REFERENCES tenants (id),
    workstation BLOB NOT NULL REFERENCES workstations (id),
    technician BLOB REFERENCES technicians (id),
    device BLOB REFERENCES devices (id),
    state TEXT NOT NULL,
    outcome TEXT,
    entry TEXT NOT NULL,
    purpose TEXT NOT NULL,
    program TEXT,
    reason TEXT,
    os_session TEXT NOT NULL,
    network_address TEXT NOT NULL,
    claimed_from TEXT,
    nonce BLOB NOT NULL,
    workstation_nonce BLOB NOT NULL,
    code_digits INTEGER,
    code_tag BLOB,
    wrong_claims INTEGER NOT NULL,
    decoy TEXT,
    idempotency_key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    opened_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    take_until INTEGER,
    grant_id BLOB,
    granted_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX logins_by_idempotency_key ON logins (workstation, idempotency_key);
CREATE UNIQUE INDEX logins_by_os_session ON logins (workstation, os_session, entry) WHERE state = 'pending';
CREATE INDEX logins_pending_by_technician ON logins (technician) WHERE state = 'pending';
CREATE INDEX logins_pending_by_expiry ON logins (expires_at) WHERE state = 'pending';
CREATE INDEX logins_untaken ON logins (take_until) WHERE state = 'approved' AND granted_at IS NULL;

-- Who lost their tokens, and when: every node reads it each second.
CREATE TABLE revocations (
    subject BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    revoked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX revocations_by_age ON revocations (revoked_at);

-- Events on their way to the audit log.
CREATE TABLE outbox (
    id BLOB NOT NULL PRIMARY KEY,
    msp BLOB NOT NULL REFERENCES msps (id),
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_by_age ON outbox (created_at);

-- The installation's own: proofs seen while Redis is down, and its signing keys, sealed.
CREATE TABLE replays (
    key BLOB NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX replays_by_expiry ON replays (expires_at);

CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    public_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    retires_at INTEGER
) STRICT;
CREATE UNIQUE INDEX signing_keys_by_ordinal ON signing_keys (purpose, ordinal);
