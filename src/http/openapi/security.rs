//! How callers authenticate, as the contract tells it.

use utoipa::openapi::{
    Components,
    security::{
        ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
    },
};

/// Phones and workstations: `Authorization: DPoP <access token>`; always with a proof ([`DPOP_PROOF`]).
pub const DPOP_TOKEN: &str = "dpop_token";

/// The `DPoP` header: the proof that the caller holds its key. Alone where there is no token yet.
pub const DPOP_PROOF: &str = "dpop_proof";

/// Admins: `Authorization: Bearer <API token>`.
pub const ADMIN_TOKEN: &str = "admin_token";

/// What the routes of an area ask for, unless a handler says otherwise.
pub(super) fn default_for(area: Area) -> Vec<SecurityRequirement> {
    let nothing: [&str; 0] = [];
    match area {
        Area::Mobile | Area::Desktop => {
            vec![SecurityRequirement::new(DPOP_TOKEN, nothing).add(DPOP_PROOF, nothing)]
        }
        Area::Admin => vec![SecurityRequirement::new(ADMIN_TOKEN, nothing)],
        Area::Audit | Area::Service => vec![],
    }
}

/// Who a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    Mobile,
    Desktop,
    Admin,
    Audit,
    Service,
}

impl Area {
    /// Every area, with its tag and what the tag means.
    pub(super) const ALL: [(Self, &str, &str); 5] = [
        (
            Self::Mobile,
            "Phones",
            "Technicians' phones: enrol, see pending logins, approve or deny.",
        ),
        (
            Self::Desktop,
            "Workstations",
            "Agents on workstations: enrol, open a login, wait, take its grant.",
        ),
        (
            Self::Admin,
            "Admins",
            "Admins' tools: tenants, technicians, devices, workstations, tokens, the audit log.",
        ),
        (
            Self::Audit,
            "Audit logs",
            "An msp's audit log as a verifiable log (C2SP tlog-tiles), for any verifier of that form.",
        ),
        (Self::Service, "Service", "For everyone: what the service is, its keys, its health."),
    ];

    /// The area of a path.
    pub(super) fn of(path: &str) -> Self {
        match path.split('/').nth(1) {
            Some("mobile") => Self::Mobile,
            Some("desktop") => Self::Desktop,
            Some("admin") => Self::Admin,
            Some("audit") => Self::Audit,
            _ => Self::Service,
        }
    }

    /// The area's tag.
    pub(super) fn tag(self) -> &'static str {
        Self::ALL.iter().find(|(area, ..)| *area == self).map_or("", |(_, tag, _)| tag)
    }
}

pub(super) fn add_schemes(components: &mut Components) {
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An admin's API token: `Authorization: Bearer <token>` (RFC 6750)."))
        .build();
    components.add_security_scheme(ADMIN_TOKEN, SecurityScheme::Http(token));
    // OpenAPI's `http` type has no name for the DPoP scheme that utoipa could write, so the header is told as it is.
    let header = |name: &str, what: &str| {
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, what)))
    };
    components.add_security_scheme(
        DPOP_TOKEN,
        header("Authorization", "`DPoP <access token>` (RFC 9449 section 7.1): a short token bound to the caller's key."),
    );
    components.add_security_scheme(
        DPOP_PROOF,
        header(
            "DPoP",
            "A fresh proof of possession (RFC 9449 section 4.2), ES256: `htm` and `htu` of this request under the service's \
             public URL, `iat` now, a `jti` never used before, and `ath` where an access token goes with it.",
        ),
    );
}
