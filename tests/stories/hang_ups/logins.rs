//! Who opens, claims, decides, takes or ends a login, and hangs up.

use std::time::Duration;

use countersign::flows::{admin::workstations, login};
use countersign_protocol::{
    Bytes, ProblemCode,
    wire::{
        desktop::OpenBy,
        mobile::{Claim, Deny, DenyReason},
    },
};

use super::cast::{Cast, had_to_be};
use crate::story;

story! {
    async fn a_hang_up_leaves_all_of_a_login_s_change_or_none(house: House) {
        let cast = Cast::of(house).await;
        let ctx = cast.ctx();
        let (device, workstation) = (cast.device(), cast.workstation());
        cast.hang_up("open", async || {
            login::open(ctx, workstation, cast.asked(OpenBy::Push { name: "nik".into() }))
        }).await;
        cast.hang_up("withdraw", async || login::withdraw(ctx, workstation, cast.push().await.login.id)).await;
        cast.hang_up("deny", async || {
            let id = cast.push().await.login.id;
            async move { login::deny(ctx, device, id, &Deny { reason: DenyReason::Mistake }).await }
        }).await;
        cast.hang_up("approve", async || {
            let opened = cast.push().await;
            let approval = cast.approval(&opened, opened.code.as_deref().unwrap()).await;
            login::approve(ctx, device, opened.login.id, approval, "127.0.0.1")
        }).await;
        cast.hang_up("take", async || {
            let id = cast.approved().await;
            login::take(ctx, workstation, id)
        }).await;
        cast.hang_up("claim", async || {
            let (id, claim) = cast.qr().await;
            async move { login::claim(ctx, device, id, &claim, "127.0.0.1").await }
        }).await;
        cast.hang_up("expire", async || {
            cast.push().await;
            cast.house.pass(Duration::from_secs(121)).await;
            login::expire_due(ctx)
        }).await;
    }
}

story! {
    async fn a_hang_up_leaves_all_of_a_failure_or_none(house: House) {
        let cast = Cast::of(house).await;
        let (ctx, device) = (cast.ctx(), cast.device());
        let wrong = Claim { secret: Bytes([0; 16]) };
        cast.hang_up("wrong code", async || {
            let opened = cast.push().await;
            let approval = cast.approval(&opened, "000000x").await;
            async move {
                let refused = login::approve(ctx, device, opened.login.id, approval, "127.0.0.1");
                had_to_be(ProblemCode::WrongCode, refused.await)
            }
        }).await;
        let claims = |id, wrong: &Claim| {
            let wrong = wrong.clone();
            async move {
                let refused = login::claim(ctx, device, id, &wrong, "127.0.0.1").await;
                had_to_be(ProblemCode::WrongSecret, refused)
            }
        };
        cast.hang_up("wrong claim", async || claims(cast.qr().await.0, &wrong)).await;
        cast.hang_up("last wrong claim", async || {
            let id = cast.qr().await.0;
            for _ in 1..ctx.settings.login.claims_wrong_max {
                claims(id, &wrong).await.unwrap();
            }
            claims(id, &wrong)
        }).await;
    }
}

story! {
    async fn a_hang_up_leaves_all_of_a_fraud_report_or_none(house: House) {
        let cast = Cast::of(house).await;
        let (ctx, device) = (cast.ctx(), cast.device());
        let reception = cast.workstation().workstation;
        cast.hang_up("deny as fraud", async || {
            if workstations::one(ctx, cast.admin, reception).await.unwrap().push_frozen_at.is_some() {
                workstations::unfreeze(ctx, cast.admin, reception).await.unwrap();
            }
            // The report ends this one too.
            cast.qr().await;
            let id = cast.push().await.login.id;
            async move { login::deny(ctx, device, id, &Deny { reason: DenyReason::Fraud }).await }
        }).await;
    }
}
