//! All of an admin's routes.

use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    audit, audit_settings, delegations, devices, enrolment_tokens, msp, offline, sessions,
    technicians, tenants, tickets, tokens, webhooks, workstations,
};

/// The routes. They need `web::Data<Context>`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        // /admin/v1/tokens
        .service(tokens::create_admin_token)
        .service(tokens::list_admin_tokens)
        .service(tokens::revoke_admin_token)
        // /admin/v1/audit
        .service(audit_settings::read_audit_settings)
        .service(audit_settings::change_audit_settings)
        .service(webhooks::create_webhook)
        .service(webhooks::list_webhooks)
        .service(webhooks::read_webhook)
        .service(webhooks::change_webhook)
        .service(webhooks::remove_webhook)
        .service(webhooks::rotate_webhook_secret)
        .service(webhooks::move_webhook)
        .service(webhooks::test_webhook)
        .service(webhooks::list_webhook_dead_letters)
        .service(webhooks::redeliver_webhook_dead_letter)
        // /admin/v1/msp
        .service(msp::read_msp_settings)
        .service(msp::change_msp_settings)
        // /admin/v1/tenants
        .service(tenants::create_tenant)
        .service(tenants::list_tenants)
        .service(tenants::read_tenant)
        .service(tenants::change_tenant)
        // /admin/v1/technicians
        .service(technicians::create_technician)
        .service(technicians::list_technicians)
        .service(technicians::read_technician)
        .service(technicians::suspend_technician)
        .service(technicians::resume_technician)
        .service(technicians::remove_technician)
        .service(tickets::make_ticket)
        // /admin/v1/tenants/{tenant}/technicians
        .service(delegations::list_delegations)
        .service(delegations::make_delegation)
        .service(delegations::end_delegation)
        // /admin/v1/tenants/{tenant}/enrolment-tokens
        .service(enrolment_tokens::create_enrolment_token)
        .service(enrolment_tokens::list_enrolment_tokens)
        .service(enrolment_tokens::revoke_enrolment_token)
        // devices
        .service(devices::list_devices)
        .service(devices::read_device)
        .service(devices::suspend_device)
        .service(devices::resume_device)
        // workstations
        .service(workstations::list_workstations)
        .service(workstations::list_skewed_workstations)
        .service(workstations::read_workstation)
        .service(workstations::list_workstation_accounts)
        .service(workstations::confirm_workstation)
        .service(workstations::suspend_workstation)
        .service(workstations::resume_workstation)
        .service(workstations::retire_workstation)
        .service(workstations::release_workstation)
        .service(workstations::unfreeze_workstation)
        .service(workstations::clear_offline_failures)
        // /admin/v1/audit
        .service(audit::list_audit_events)
        .service(audit::export_audit_log)
        .service(audit::follow_audit_log)
        .service(audit::prove_inclusion)
        .service(audit::prove_consistency)
        .service(audit::read_audit_event)
        // sessions
        .service(sessions::list_sessions)
        .service(sessions::list_open_sessions)
        .service(sessions::list_flagged_sessions)
        .service(sessions::read_session)
        .service(sessions::end_session)
        // offline codes
        .service(offline::list_state_changes)
        .service(offline::read_state_change)
        .service(offline::read_blast_radius)
        .service(offline::rotate_offline_secrets)
        .service(offline::device_lost)
        .service(offline::replace_workstation_secrets)
        .service(offline::ask_for_recovery)
        .service(offline::list_recoveries)
        .service(offline::agree_to_recovery)
        .service(offline::read_recovery);
}
