-- The three roles. The owner is whoever runs the migrations; a login role of the service is a member of
-- the other two and takes one of them with SET ROLE on every connection.
--   app:    the service's requests, behind forced row-level security
--   worker: sweeps across msps; sees what it must, changes next to nothing
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_app') THEN
        CREATE ROLE countersign_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_worker') THEN
        CREATE ROLE countersign_worker NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
END
$$;

-- The scope of the present transaction or connection. Without one, both are NULL and no row is visible.
CREATE FUNCTION scope_msp() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('countersign.msp', true), '')::uuid $$;
CREATE FUNCTION scope_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('countersign.tenant', true), '')::uuid $$;

CREATE TABLE msps (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    account_prefix text NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);

CREATE TABLE admin_tokens (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    version bigint NOT NULL
);
CREATE INDEX admin_tokens_by_msp ON admin_tokens (msp, id);

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    name text NOT NULL,
    code_digits integer,
    login_lifetime_s integer,
    refuse_other_network boolean NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX tenants_by_name ON tenants (msp, name);
CREATE INDEX tenants_by_msp ON tenants (msp, id);

CREATE TABLE technicians (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    email text NOT NULL,
    email_key text NOT NULL,
    user_name text NOT NULL,
    account_name text NOT NULL,
    status text NOT NULL,
    consecutive_failures integer NOT NULL,
    push_paused_until timestamptz,
    devices_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX technicians_by_email_key ON technicians (msp, email_key);
CREATE UNIQUE INDEX technicians_by_user_name ON technicians (msp, user_name);
CREATE UNIQUE INDEX technicians_by_account_name ON technicians (msp, account_name);
CREATE INDEX technicians_by_msp ON technicians (msp, id);

CREATE TABLE delegations (
    msp uuid NOT NULL REFERENCES msps (id),
    tenant uuid NOT NULL REFERENCES tenants (id),
    technician uuid NOT NULL REFERENCES technicians (id),
    active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, technician)
);
CREATE INDEX delegations_by_technician ON delegations (technician, tenant);

CREATE TABLE device_tickets (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    technician uuid NOT NULL REFERENCES technicians (id),
    secret_hash bytea NOT NULL,
    nonce bytea NOT NULL,
    jkt text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    consumed_at timestamptz,
    version bigint NOT NULL
);
CREATE INDEX device_tickets_by_technician ON device_tickets (technician);

CREATE TABLE devices (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    technician uuid NOT NULL REFERENCES technicians (id),
    jkt text NOT NULL,
    name text NOT NULL,
    model text NOT NULL,
    os text NOT NULL,
    push text,
    status text NOT NULL,
    credential_id bytea NOT NULL,
    passkey text NOT NULL,
    sign_count bigint NOT NULL,
    refresh_family uuid NOT NULL,
    refresh_generation integer NOT NULL,
    refresh_rotated_at timestamptz NOT NULL,
    refresh_revoked boolean NOT NULL,
    enrolled_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX devices_by_jkt ON devices (msp, jkt);
CREATE UNIQUE INDEX devices_by_credential_id ON devices (msp, credential_id);
CREATE INDEX devices_by_technician ON devices (technician, id);

CREATE TABLE workstations (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    tenant uuid NOT NULL REFERENCES tenants (id),
    host_name text NOT NULL,
    os text NOT NULL,
    agent_version text NOT NULL,
    hardware_id text NOT NULL,
    jkt text NOT NULL,
    signing_key text NOT NULL,
    encryption_key text NOT NULL,
    status text NOT NULL,
    counter bigint NOT NULL,
    rotation bytea,
    push_frozen_at timestamptz,
    enrolment_token uuid NOT NULL,
    enrolled_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX workstations_by_jkt ON workstations (msp, jkt);
CREATE UNIQUE INDEX workstations_by_hardware_id ON workstations (tenant, hardware_id) WHERE status <> 'retired';
CREATE INDEX workstations_by_tenant ON workstations (tenant, id);

CREATE TABLE enrolment_tokens (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    tenant uuid NOT NULL REFERENCES tenants (id),
    workstation uuid REFERENCES workstations (id),
    secret_hash bytea NOT NULL,
    uses_left integer NOT NULL CHECK (uses_left >= 0),
    auto_confirm boolean NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    version bigint NOT NULL
);
CREATE INDEX enrolment_tokens_by_tenant ON enrolment_tokens (tenant, id);

CREATE TABLE replacements (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    tenant uuid NOT NULL REFERENCES tenants (id),
    workstation uuid NOT NULL REFERENCES workstations (id),
    host_name text NOT NULL,
    os text NOT NULL,
    agent_version text NOT NULL,
    hardware_id text NOT NULL,
    jkt text NOT NULL,
    signing_key text NOT NULL,
    encryption_key text NOT NULL,
    state text NOT NULL,
    enrolment_token uuid NOT NULL,
    requested_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX replacements_by_workstation ON replacements (workstation) WHERE state = 'pending';
CREATE INDEX replacements_by_jkt ON replacements (msp, jkt);

CREATE TABLE logins (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    tenant uuid NOT NULL REFERENCES tenants (id),
    workstation uuid NOT NULL REFERENCES workstations (id),
    technician uuid REFERENCES technicians (id),
    device uuid REFERENCES devices (id),
    state text NOT NULL,
    outcome text,
    entry text NOT NULL,
    purpose text NOT NULL,
    program text,
    reason text,
    os_session text NOT NULL,
    network_address text NOT NULL,
    claimed_from text,
    nonce bytea NOT NULL,
    workstation_nonce bytea NOT NULL,
    code_digits integer,
    code_tag bytea,
    wrong_claims integer NOT NULL,
    decoy text,
    idempotency_key text NOT NULL,
    request_hash bytea NOT NULL,
    opened_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    take_until timestamptz,
    grant_id uuid,
    granted_at timestamptz,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX logins_by_idempotency_key ON logins (workstation, idempotency_key);
CREATE UNIQUE INDEX logins_by_os_session ON logins (workstation, os_session, entry) WHERE state = 'pending';
CREATE INDEX logins_pending_by_technician ON logins (technician) WHERE state = 'pending';
CREATE INDEX logins_pending_by_expiry ON logins (expires_at) WHERE state = 'pending';
CREATE INDEX logins_untaken ON logins (take_until) WHERE state = 'approved' AND granted_at IS NULL;

-- Who lost their tokens, and when: every node reads it each second.
CREATE TABLE revocations (
    subject uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    revoked_at timestamptz NOT NULL
);
CREATE INDEX revocations_by_age ON revocations (revoked_at);

-- Events on their way to the audit log.
CREATE TABLE outbox (
    id uuid PRIMARY KEY,
    msp uuid NOT NULL REFERENCES msps (id),
    created_at timestamptz NOT NULL,
    body text NOT NULL
);
CREATE INDEX outbox_by_age ON outbox (created_at);

-- The installation's own: proofs seen while Redis is down, and its signing keys, sealed.
CREATE TABLE replays (
    key bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX replays_by_expiry ON replays (expires_at);

CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    purpose text NOT NULL,
    ordinal integer NOT NULL,
    sealed bytea NOT NULL,
    public_key text NOT NULL,
    created_at timestamptz NOT NULL,
    retires_at timestamptz
);
CREATE UNIQUE INDEX signing_keys_by_ordinal ON signing_keys (purpose, ordinal);

-- The walls. Every table of an msp: forced, and visible within the msp's scope only; a table of a tenant
-- within the tenant's as well, where the scope names one.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['admin_tokens', 'tenants', 'technicians', 'delegations', 'device_tickets',
        'devices', 'workstations', 'enrolment_tokens', 'replacements', 'logins', 'revocations', 'outbox', 'msps',
        'replays', 'signing_keys']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['admin_tokens', 'technicians', 'device_tickets', 'devices', 'revocations', 'outbox']
    LOOP
        EXECUTE format('CREATE POLICY within_msp ON %I TO countersign_app USING (msp = (SELECT scope_msp()))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['delegations', 'workstations', 'enrolment_tokens', 'replacements', 'logins']
    LOOP
        EXECUTE format(
            'CREATE POLICY within_msp ON %I TO countersign_app USING (msp = (SELECT scope_msp())
                AND ((SELECT scope_tenant()) IS NULL OR tenant = (SELECT scope_tenant())))', name);
    END LOOP;
END
$$;
CREATE POLICY within_msp ON msps TO countersign_app USING (id = (SELECT scope_msp()));
CREATE POLICY within_msp ON tenants TO countersign_app USING (msp = (SELECT scope_msp())
    AND ((SELECT scope_tenant()) IS NULL OR id = (SELECT scope_tenant())));
CREATE POLICY installation ON replays TO countersign_app, countersign_worker USING (true);
CREATE POLICY installation ON signing_keys TO countersign_app USING (true);
CREATE POLICY across_msps ON logins FOR SELECT TO countersign_worker USING (true);
CREATE POLICY across_msps ON revocations TO countersign_worker USING (true);

GRANT SELECT, INSERT, UPDATE ON msps, admin_tokens, tenants, technicians, delegations, device_tickets,
    devices, workstations, enrolment_tokens, replacements, logins, revocations, signing_keys TO countersign_app;
GRANT INSERT ON outbox TO countersign_app;
GRANT SELECT, INSERT, DELETE ON replays TO countersign_app, countersign_worker;
GRANT SELECT (id, msp, technician, state, version, expires_at, take_until, granted_at) ON logins TO countersign_worker;
GRANT SELECT, DELETE ON revocations TO countersign_worker;
