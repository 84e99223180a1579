//! A phone that enrols, refreshes or signs in, and hangs up.

use countersign::flows::{admin::tickets, enrolment, tokens};
use countersign_client::DeviceKey;
use countersign_protocol::wire::mobile::{
    FinishEnrolment, FinishSignIn, Refresh, StartEnrolment, StartSignIn,
};
use countersign_testkit::{SoftPasskey, SoftPhone};

use super::cast::Cast;
use crate::story;

story! {
    async fn a_hang_up_leaves_all_of_a_phone_s_enrolment_or_none(house: House) {
        let cast = Cast::of(house).await;
        let (ctx, origin) = (cast.ctx(), cast.house.transport().origin());
        let made = async || {
            let ticket = tickets::make(ctx, cast.admin, cast.house.nik.id).await.unwrap().ticket;
            (DeviceKey::generate().unwrap().thumbprint(), StartEnrolment { ticket })
        };
        cast.hang_up("begin to enrol a phone", async || {
            let (jkt, start) = made().await;
            async move { enrolment::start(ctx, &jkt, &start).await }
        }).await;
        cast.hang_up("enrol a phone", async || {
            let (jkt, start) = made().await;
            let options = enrolment::start(ctx, &jkt, &start).await.unwrap();
            let request = FinishEnrolment {
                ticket: start.ticket,
                credential: SoftPasskey::new().register(&options.public_key, &origin),
                device: SoftPhone::facts("Nik's second phone"),
                push: None,
                language: None,
            };
            async move { enrolment::finish(ctx, &jkt, request).await }
        }).await;
    }
}

story! {
    async fn a_hang_up_leaves_all_of_a_phone_s_new_tokens_or_none(house: House) {
        let cast = Cast::of(house).await;
        let (ctx, origin) = (cast.ctx(), cast.house.transport().origin());
        let jkt = &cast.phone.phone.key().thumbprint();
        let mut held = cast.phone.phone.held_tokens().await.refresh_token;
        cast.hang_up("refresh", async || {
            // Whether the attempt before rotated or not, this gives the family's last token.
            let last = Refresh { refresh_token: held.clone() };
            held = tokens::refresh(ctx, jkt, &last).await.unwrap().refresh_token;
            let last = Refresh { refresh_token: held.clone() };
            async move { tokens::refresh(ctx, jkt, &last).await }
        }).await;
        let (msp_id, device_id) = (cast.house.msp, cast.device().device);
        cast.hang_up("sign in", async || {
            let start = StartSignIn { msp_id, device_id };
            let options = tokens::start_sign_in(ctx, jkt, &start).await.unwrap();
            let assertion = cast.phone.passkey.assert(&options.public_key, &origin);
            let finish = FinishSignIn { msp_id, device_id, nonce: options.nonce, assertion };
            tokens::finish_sign_in(ctx, jkt, finish)
        }).await;
    }
}
