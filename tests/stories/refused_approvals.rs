//! Assertions that approve nothing.

use countersign_client::Error;
use countersign_protocol::{ProblemCode, wire::LoginState};
use countersign_testkit::Lies;

use crate::{
    pending::{Pending, assertion, open},
    refusal::{problem, refused},
    story,
};

story! {
    async fn the_passkey_of_another_technician_approves_nothing(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let eva = house.technician("eva").await;
        house.admin.delegate(house.tenant.id, eva.id).await.unwrap();
        let evas = house.phone_of(&eva).await;
        let approval = pending.approve_with(&evas.passkey).await;
        pending.is_refused(approval, "by another credential").await;
    }
}

story! {
    async fn another_passkey_under_this_one_s_name_approves_nothing(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let forged = countersign_testkit::SoftPasskey::new();
        let credential_id = Some(pending.phone.passkey.credential_id().to_vec());
        let lies = Lies { credential_id, ..Lies::default() };
        let passkey = countersign_testkit::LyingPasskey { passkey: &forged, lies };
        let approval = pending.approve_with(&passkey).await;
        pending.is_refused(approval, "the signature does not verify").await;
    }
}

story! {
    async fn the_passkey_of_the_technician_s_other_phone_approves_nothing_by_this_one(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let other = house.phone_of(&house.nik).await;
        let approval = pending.approve_with(&other.passkey).await;
        pending.is_refused(approval, "by another credential").await;
    }
}

story! {
    async fn a_signature_over_another_login_approves_nothing(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let elsewhere = house.workstation("W11-STORAGE").await;
        let (other, _) = open(&elsewhere).await;
        let of_other = assertion(&pending.phone, other.id()).await;
        let approval = pending.send(of_other).await;
        pending.is_refused(approval, "another challenge").await;
    }
}

story! {
    async fn an_assertion_from_another_origin_approves_nothing(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let origin = Some("https://sign.example.net".to_owned());
        let approval = pending.approve_lying(Lies { origin, ..Lies::default() }).await;
        pending.is_refused(approval, "another origin").await;
    }
}

story! {
    async fn an_assertion_for_another_relying_party_approves_nothing(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let rp_id = Some("sign.example.net".to_owned());
        let approval = pending.approve_lying(Lies { rp_id, ..Lies::default() }).await;
        pending.is_refused(approval, "another relying party").await;
    }
}

story! {
    async fn presence_without_verification_approves_nothing(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let lies = Lies { user_unverified: true, ..Lies::default() };
        let approval = pending.approve_lying(lies).await;
        pending.is_refused(approval, "the user was not verified").await;
    }
}

story! {
    async fn a_counter_that_does_not_rise_approves_nothing(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        pending.phone.approve(pending.id(), &pending.code).await.unwrap();
        let (login, code) = open(&pending.workstation).await;
        let pending = Pending { login, code, ..pending };
        // Registering gave it 1, the approval 2.
        for counter in [0, 1, 2] {
            let lies = Lies { counter: Some(counter), ..Lies::default() };
            let detail =
                refused(pending.approve_lying(lies).await, ProblemCode::InvalidCredential);
            assert!(detail.contains("counter"), "{counter}: {detail}");
        }
        let lies = Lies { counter: Some(2), ..Lies::default() };
        let approval = pending.approve_lying(lies).await;
        pending.is_refused(approval, "counter did not rise").await;
    }
}

story! {
    async fn an_approval_sent_twice_finds_the_login_decided(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let assertion = pending.assertion().await;
        pending.send(assertion.clone()).await.unwrap();
        let again = problem(pending.send(assertion).await);
        assert_eq!(again.code, ProblemCode::LoginNotPending);
        assert_eq!(again.state.as_deref(), Some("approved"));
    }
}

story! {
    async fn an_assertion_that_was_used_approves_no_later_login(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let used = pending.assertion().await;
        pending.send(used.clone()).await.unwrap();
        let (login, code) = open(&pending.workstation).await;
        let pending = Pending { login, code, ..pending };
        let approval = pending.send(used).await;
        pending.is_refused(approval, "another challenge").await;
    }
}

story! {
    async fn an_approval_without_the_code_is_refused_and_decides_nothing(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let passkey = &pending.phone.passkey;
        let approval = pending.phone.approve_with(pending.id(), None, passkey).await;
        let detail = refused(approval, ProblemCode::InvalidRequest);
        assert!(detail.starts_with("code: "), "{detail}");
        assert_eq!(pending.state().await, LoginState::Pending);
    }
}

story! {
    async fn the_code_of_another_login_denies_this_one(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let elsewhere = house.workstation("W11-STORAGE").await;
        let mut other = open(&elsewhere).await;
        while other.1 == pending.code {
            other = open(&elsewhere).await; // one in a million
        }
        let approval = pending.phone.approve(pending.id(), &other.1).await;
        refused(approval, ProblemCode::WrongCode);
        assert_eq!(pending.state().await, LoginState::Denied);
        let again = pending.phone.approve(pending.id(), &pending.code).await;
        assert!(matches!(again, Err(Error::Problem { problem, .. })
            if problem.state.as_deref() == Some("denied")));
    }
}

story! {
    async fn a_wrong_code_behind_a_bad_signature_counts_for_nothing(house: House) {
        // Whoever has a token and no passkey must not be able to end a technician's logins.
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let lies = Lies { signature: Some(vec![0; 70]), ..Lies::default() };
        let passkey = countersign_testkit::LyingPasskey { passkey: &pending.phone.passkey, lies };
        let approval = pending.phone.approve_with(pending.id(), Some("000000"), &passkey).await;
        pending.is_refused(approval, "signature").await;
        let nik = house.admin.technician(house.nik.id).await.unwrap();
        assert_eq!(nik.consecutive_failures, 0);
    }
}
