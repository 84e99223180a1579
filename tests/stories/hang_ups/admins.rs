//! An admin who holds somebody back or lets them in, and hangs up.

use countersign::flows::admin::{
    delegations, devices, enrolment_tokens, technicians, tenants, tickets, tokens, workstations,
};
use countersign_protocol::wire::{
    Status,
    admin::{
        CreateAdminToken, CreateEnrolmentToken, CreateTechnician, CreateTenant, TenantSettings,
    },
};

use super::cast::Cast;
use crate::story;

story! {
    async fn a_hang_up_leaves_all_of_a_suspension_or_none(house: House) {
        let cast = Cast::of(house).await;
        let (ctx, admin, nik) = (cast.ctx(), cast.admin, cast.house.nik.id);
        cast.hang_up("suspend a technician", async || {
            technicians::resume(ctx, admin, nik).await.unwrap();
            cast.push().await;
            technicians::suspend(ctx, admin, nik)
        }).await;
        technicians::resume(ctx, admin, nik).await.unwrap();
        let device = cast.device().device;
        cast.hang_up("suspend a device", async || {
            if devices::one(ctx, admin, device).await.unwrap().status == Status::Suspended {
                devices::resume(ctx, admin, device).await.unwrap();
            }
            cast.approved().await;
            devices::suspend(ctx, admin, device)
        }).await;
        cast.hang_up("resume a device", async || {
            if devices::one(ctx, admin, device).await.unwrap().status == Status::Active {
                devices::suspend(ctx, admin, device).await.unwrap();
            }
            devices::resume(ctx, admin, device)
        }).await;
        let reception = cast.workstation().workstation;
        cast.hang_up("suspend a workstation", async || {
            if workstations::one(ctx, admin, reception).await.unwrap().status == Status::Suspended {
                workstations::resume(ctx, admin, reception).await.unwrap();
            }
            cast.push().await;
            workstations::suspend(ctx, admin, reception)
        }).await;
    }
}

story! {
    async fn a_hang_up_leaves_all_of_a_delegation_or_none(house: House) {
        let cast = Cast::of(house).await;
        let (ctx, admin) = (cast.ctx(), cast.admin);
        let (tenant, nik) = (cast.house.tenant.id, cast.house.nik.id);
        cast.hang_up("end a delegation", async || {
            delegations::make(ctx, admin, tenant, nik).await.unwrap();
            cast.push().await;
            delegations::end(ctx, admin, tenant, nik)
        }).await;
        cast.hang_up("make a delegation", async || {
            delegations::end(ctx, admin, tenant, nik).await.unwrap();
            delegations::make(ctx, admin, tenant, nik)
        }).await;
    }
}

story! {
    async fn a_hang_up_leaves_all_of_what_an_admin_makes_or_none(house: House) {
        let cast = Cast::of(house).await;
        let (ctx, admin) = (cast.ctx(), cast.admin);
        let (tenant, nik) = (cast.house.tenant.id, cast.house.nik.id);
        cast.hang_up("make a ticket", async || tickets::make(ctx, admin, nik)).await;
        let named = || CreateAdminToken { name: "night shift".into(), ..Default::default() };
        cast.hang_up("make an admin token", async || tokens::create(ctx, admin, named())).await;
        cast.hang_up("revoke an admin token", async || {
            let made = tokens::create(ctx, admin, named()).await.unwrap();
            tokens::revoke(ctx, admin, made.id)
        }).await;
        let mut number = 0;
        cast.hang_up("make a tenant", async || {
            number += 1;
            let settings = TenantSettings::default();
            tenants::create(ctx, admin, CreateTenant { name: format!("Tenant {number}"), settings })
        }).await;
        cast.hang_up("make a technician", async || {
            number += 1;
            let (email, user_name) = (format!("t{number}@example.com"), format!("t{number}"));
            technicians::create(ctx, admin, CreateTechnician { email, user_name })
        }).await;
        let one_use = || CreateEnrolmentToken {
            uses: 1,
            expires_in: 3600,
            auto_confirm: true,
            workstation_id: None,
        };
        cast.hang_up("make an enrolment token", async || {
            enrolment_tokens::create(ctx, admin, tenant, one_use())
        }).await;
        cast.hang_up("revoke an enrolment token", async || {
            let made = enrolment_tokens::create(ctx, admin, tenant, one_use()).await.unwrap();
            enrolment_tokens::revoke(ctx, admin, tenant, made.id)
        }).await;
    }
}
