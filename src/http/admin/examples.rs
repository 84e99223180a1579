//! Examples of the bodies of admins' routes.

use countersign_protocol::{
    Instant,
    wire::{
        Status,
        admin::{
            AdminRole, AdminToken, ConfirmWorkstation, CreateAdminToken, CreateEnrolmentToken,
            CreateTechnician, CreateTenant, Delegation, Device, EnrolmentToken, Technician, Tenant,
            TenantSettings, Ticket, Workstation,
        },
        audit_settings::{AuditSettings, ChangeAuditSettings},
        desktop::WorkstationFacts,
        mobile::DeviceFacts,
        state::StateVersion,
    },
};
use uuid::Uuid;

use crate::http::openapi::Examples;

/// The instant so many minutes after 2026-11-22T09:41:00Z.
fn at(minutes: i64) -> Instant {
    Instant::from_unix_millis(1_795_340_460_000 + minutes * 60_000)
}

/// An id of that instant.
fn id<Id: From<Uuid>>(last: u128) -> Id {
    Uuid::from_u128(0x01a2_02a1_5fe0_7000_8000_0000_0000_0000 + last).into()
}

/// The examples of these routes' bodies.
pub fn examples(examples: &mut Examples) {
    of_tokens(examples);
    of_audit_settings(examples);
    of_tenants(examples);
    of_technicians(examples);
    of_enrolment(examples);
    of_enrolled(examples);
    super::audit::examples(examples);
    super::webhook_examples::examples(examples);
}

fn of_tokens(examples: &mut Examples) {
    let name = "provisioning".to_owned();
    let token = AdminToken {
        id: id(2),
        msp_id: id(1),
        name: name.clone(),
        role: AdminRole::Admin,
        token: None,
        created_at: at(0),
        revoked_at: None,
    };
    examples.body(&CreateAdminToken { name, role: AdminRole::Admin });
    examples.page(&token);
    examples.body(&AdminToken { token: Some("cs_admin_AaIDMkfg...".to_owned()), ..token });
}

fn of_audit_settings(examples: &mut Examples) {
    let (retention_days, legal_hold) = (Some(365), false);
    examples.body(&ChangeAuditSettings { retention_days, legal_hold });
    examples.body(&AuditSettings {
        retention_days,
        legal_hold,
        least_retention_days: 180,
        version: 2,
    });
}

fn of_tenants(examples: &mut Examples) {
    let name = "Bakery Lane".to_owned();
    let settings = TenantSettings {
        code_digits: Some(8),
        login_lifetime_s: None,
        refuse_other_network: true,
        ..TenantSettings::default()
    };
    let tenant = Tenant {
        shared_account: None,
        id: id(3),
        name: name.clone(),
        settings: settings.clone(),
        created_at: at(0),
        version: 1,
    };
    examples.body(&CreateTenant { name, settings: settings.clone() });
    examples.body(&settings);
    examples.page(&tenant);
    examples.body(&tenant);
    let delegation = Delegation { tenant_id: id(3), technician_id: id(4), created_at: at(0) };
    examples.page(&delegation);
    examples.body(&delegation);
}

fn of_technicians(examples: &mut Examples) {
    let (email, user_name) = ("nik@example.com".to_owned(), "nik".to_owned());
    examples.body(&CreateTechnician { email: email.clone(), user_name: user_name.clone() });
    let technician = Technician {
        id: id(4),
        email,
        user_name,
        account_name: "msp-nik".to_owned(),
        status: Status::Active,
        consecutive_failures: 0,
        push_paused_until: None,
        created_at: at(0),
        version: 1,
    };
    examples.page(&technician);
    examples.body(&technician);
    let ticket = "cs_ticket_AaIDMkfg...".to_owned();
    examples.body(&Ticket { id: id(5), ticket, expires_at: at(10) });
}

fn of_enrolment(examples: &mut Examples) {
    let asked = CreateEnrolmentToken {
        uses: 10,
        expires_in: 3600,
        auto_confirm: false,
        workstation_id: None,
    };
    examples.body(&asked);
    let token = EnrolmentToken {
        id: id(6),
        token: None,
        tenant_id: id(3),
        uses_left: asked.uses,
        auto_confirm: asked.auto_confirm,
        workstation_id: None,
        expires_at: at(60),
        revoked_at: None,
    };
    examples.page(&token);
    examples.body(&EnrolmentToken { token: Some("cs_enrol_AaIDMkfg...".to_owned()), ..token });
}

fn of_enrolled(examples: &mut Examples) {
    let facts = DeviceFacts {
        name: "Nik's Pixel".to_owned(),
        model: "Pixel 11".to_owned(),
        os: "Android 17".to_owned(),
    };
    let device = Device {
        id: id(7),
        technician_id: id(4),
        facts,
        push_channel: Some("fcm".to_owned()),
        status: Status::Active,
        enrolled_at: at(5),
        version: 1,
    };
    examples.page(&device);
    examples.body(&device);
    let facts = WorkstationFacts {
        host_name: "W11-RECEPTION".to_owned(),
        os: "Windows 11 24H2".to_owned(),
        agent_version: "1.4.0".to_owned(),
        hardware_id: "4c4c4544-0042-3510-8052-b4c04f4d3132".to_owned(),
    };
    let workstation = Workstation {
        id: id(8),
        tenant_id: id(3),
        facts,
        key_thumbprint: "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s".to_owned(),
        status: Status::Active,
        push_frozen_at: None,
        replacement: None,
        enrolled_at: at(6),
        last_seen_at: Some(at(7)),
        clock_offset_ms: Some(-140),
        state: StateVersion { tenant: 3, own: 5 },
        applied: StateVersion { tenant: 3, own: 4 },
        version: 2,
    };
    examples.body(&ConfirmWorkstation { key_thumbprint: workstation.key_thumbprint.clone() });
    examples.page(&workstation);
    examples.body(&workstation);
}

#[cfg(test)]
mod tests {
    use crate::http::{
        admin::routes,
        openapi::{Examples, contract, incomplete},
    };

    #[test]
    fn the_contract_of_admins_is_complete() {
        let mut examples = Examples::default();
        super::examples(&mut examples);
        crate::http::session_examples::examples(&mut examples);
        assert_eq!(incomplete(&contract(routes, &examples)), Vec::<String>::new());
    }

    #[test]
    fn each_list_has_a_schema_of_its_own() {
        let contract = contract(routes, &Examples::default());
        let schemas = contract.components.unwrap().schemas;
        let mut pages: Vec<_> =
            schemas.keys().filter(|name| name.starts_with("Page")).map(String::as_str).collect();
        pages.sort_unstable();
        let expected = [
            "AdminToken",
            "Delegation",
            "Device",
            "EnrolmentToken",
            "Recovery",
            "Session",
            "StateChange",
            "Technician",
            "Tenant",
            "Webhook",
            "WebhookDeadLetter",
            "Workstation",
        ]
        .map(|item| format!("Page_{item}"));
        assert_eq!(pages, expected);
    }
}
