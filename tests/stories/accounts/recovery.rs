//! Break-glass: a one-time code, released by two admins or one, replaced after use.

use std::time::Duration;

use countersign_client::{Admin, Paging};
use countersign_protocol::{
    Bytes, ProblemCode,
    encoding::sha256,
    wire::{
        accounts::MspSettings,
        admin::{AdminRole, CreateAdminToken},
        desktop::RecoveryUsed,
        sessions::Trust,
    },
};
use countersign_testkit::SoftWorkstation;

use crate::{
    house::{House, code_of},
    story,
};

async fn second_admin(house: &House) -> Admin {
    let asked = CreateAdminToken { name: "second".into(), role: AdminRole::Admin };
    let token = house.admin.create_token(&asked).await.unwrap().token.unwrap();
    house.pass(Duration::from_secs(1)).await;
    Admin::new(house.transport(), token)
}

/// True if the machine, offline, takes this code.
fn opens(at: &SoftWorkstation, number: u32, code: &str) -> bool {
    let disk = at.agent.disk();
    let check = disk.state.as_ref().unwrap().document.recovery.clone().unwrap();
    let bare: String = code.chars().filter(|c| *c != '-').collect();
    check.number == number && check.sha256 == Bytes(sha256(&[bare.as_bytes()]))
}

fn used(house: &House, number: u32) -> RecoveryUsed {
    use countersign_client::Clock as _;
    let clock = countersign_client::SystemClock;
    let _ = house;
    RecoveryUsed { number, account: "msp-recovery".into(), used_at: clock.now() }
}

story! {
    async fn two_admins_release_a_code_that_opens_a_machine_nobody_visited_and_is_replaced_after_use(house: House) {
        let at = house.workstation("W11-RECEPTION").await;
        at.sync().await.unwrap();
        let second = second_admin(&house).await;
        let asked = house.admin.ask_for_recovery(at.workstation.id(), "Offline since the storm").await.unwrap();
        let listed = second.recoveries(&Paging::default()).await.unwrap().items;
        assert_eq!(listed, std::slice::from_ref(&asked), "how the other learns of it");
        let (_, rival) = house.another_msp().await;
        assert_eq!(rival.recoveries(&Paging::default()).await.unwrap().items, []);
        assert_eq!(house.admin.recovery(asked.id).await.unwrap().code, None);
        assert_eq!(code_of(house.admin.agree_to_recovery(asked.id).await), Some(ProblemCode::Conflict), "not oneself");
        let made_since = second_admin(&house).await;
        let refused = code_of(made_since.agree_to_recovery(asked.id).await);
        assert_eq!(refused, Some(ProblemCode::Conflict), "nor by a token that one made for it");
        second.agree_to_recovery(asked.id).await.unwrap();
        assert_eq!(code_of(second.agree_to_recovery(asked.id).await), Some(ProblemCode::Conflict), "once");
        let told = house.admin.recovery(asked.id).await.unwrap();
        let (number, code) = (told.number.unwrap(), told.code.unwrap());
        assert!(opens(&at, number, &code));
        let listed = second.recoveries(&Paging::default()).await.unwrap().items;
        assert_eq!((listed.len(), listed[0].code.as_ref()), (1, None), "codes are read one by one, each on the record");
        let again = second.recovery(asked.id).await.unwrap();
        assert_eq!(again.code.as_ref(), Some(&code));

        at.workstation.recovery_used(&used(&house, number)).await.unwrap();
        at.workstation.recovery_used(&used(&house, number)).await.unwrap();
        let never = code_of(at.workstation.recovery_used(&used(&house, 99)).await);
        assert_eq!(never, Some(ProblemCode::InvalidRequest));
        at.sync().await.unwrap();
        assert!(!opens(&at, number, &code) && !opens(&at, number + 1, &code));
        assert_eq!(house.admin.recovery(asked.id).await.unwrap().code, None, "the next one needs two again");
        let sessions = house.admin.sessions(&Paging::default()).await.unwrap().items;
        assert_eq!(sessions.iter().map(|one| one.trust).collect::<Vec<_>>(), [Trust::Recovered]);

        let lines = house.sentences().await;
        let count = |line: &str| lines.iter().filter(|told| *told == line).count();
        assert_eq!(count("an admin asked for the recovery code of W11-RECEPTION: Offline since the storm"), 1);
        assert_eq!(count("another admin agreed to a recovery: Offline since the storm"), 1);
        assert_eq!(count("recovery code 1 was released: Offline since the storm"), 2, "each reading");
        assert_eq!(count("recovery code 1 of W11-RECEPTION was used"), 1);
        assert!(!lines.iter().any(|line| line.contains(&code)), "no code is on the record");
    }
}

story! {
    async fn one_admin_is_enough_where_the_msp_says_so(house: House) {
        let at = house.workstation("W11-RECEPTION").await;
        at.sync().await.unwrap();
        let settings = MspSettings { account_prefix: "msp-".into(), recovery_admins: 1 };
        house.admin.set_msp_settings(&settings).await.unwrap();
        let asked = house.admin.ask_for_recovery(at.workstation.id(), "storm").await.unwrap();
        let told = house.admin.recovery(asked.id).await.unwrap();
        assert!(opens(&at, told.number.unwrap(), &told.code.unwrap()));
    }
}

story! {
    async fn a_request_ends_after_an_hour(house: House) {
        let at = house.workstation("W11-RECEPTION").await;
        at.sync().await.unwrap();
        let second = second_admin(&house).await;
        let [late, agreed] = ["late", "agreed"].map(|why| house.admin.ask_for_recovery(at.workstation.id(), why));
        let (late, agreed) = (late.await.unwrap(), agreed.await.unwrap());
        second.agree_to_recovery(agreed.id).await.unwrap();
        house.pass(Duration::from_secs(3601)).await;
        assert_eq!(code_of(second.agree_to_recovery(late.id).await), Some(ProblemCode::Conflict));
        assert_eq!(house.admin.recovery(agreed.id).await.unwrap().code, None);
    }
}

story! {
    async fn another_msp_s_admin_finds_no_request_and_two_who_agree_at_once_agree_once(house: House) {
        let at = house.workstation("W11-RECEPTION").await;
        at.sync().await.unwrap();
        let (_, rival) = house.another_msp().await;
        let (second, third) = (second_admin(&house).await, second_admin(&house).await);
        let refused = code_of(rival.ask_for_recovery(at.workstation.id(), "mine now").await);
        assert_eq!(refused, Some(ProblemCode::NotFound));
        let asked = house.admin.ask_for_recovery(at.workstation.id(), "storm").await.unwrap();
        assert_eq!(code_of(rival.agree_to_recovery(asked.id).await), Some(ProblemCode::NotFound));
        assert_eq!(code_of(rival.recovery(asked.id).await), Some(ProblemCode::NotFound));
        let (one, two) = tokio::join!(second.agree_to_recovery(asked.id), third.agree_to_recovery(asked.id));
        assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1);
    }
}

story! {
    async fn a_workstation_that_never_made_contact_has_no_code(house: House) {
        let at = house.workstation("W11-RECEPTION").await;
        let second = second_admin(&house).await;
        let asked = house.admin.ask_for_recovery(at.workstation.id(), "storm").await.unwrap();
        second.agree_to_recovery(asked.id).await.unwrap();
        assert_eq!(code_of(house.admin.recovery(asked.id).await), Some(ProblemCode::Conflict));
    }
}
