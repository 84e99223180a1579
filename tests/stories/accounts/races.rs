//! Two transactions at once on PostgreSQL, each brought to the one moment that could be wrong: a row is held by somebody else
//! until both wait.

use tokio_postgres::{Client, NoTls};

use countersign_protocol::wire::sessions::Trust;

use super::{code, short_visit, trust::last};
use crate::house::{Behind, House, soon};

/// Somebody who holds rows.
async fn holder(house: &House) -> Client {
    let Behind::Superuser(url) = house.place.behind_the_walls() else {
        unreachable!("a large house stands on PostgreSQL")
    };
    let (client, driver) = tokio_postgres::connect(url.as_str(), NoTls).await.unwrap();
    tokio::spawn(driver);
    client.batch_execute("BEGIN").await.unwrap();
    client
}

/// Until so many of the service's transactions wait for rows.
async fn waiting(holder: &Client, count: i64) {
    let found = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    soon(async {
        // Within a transaction, what was looked at once is remembered.
        let anew = "SELECT pg_stat_clear_snapshot()";
        while holder.query_one(found, &[]).await.unwrap().get::<_, i64>(0) < count {
            holder.batch_execute(anew).await.unwrap();
        }
    })
    .await;
}

async fn count(holder: &Client, what: &str) -> i64 {
    holder.query_one(&format!("SELECT count(*) FROM {what}"), &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_is_lost_while_it_receives_a_secret_leaves_that_secret_useless() {
    let Some(house) = House::large().await else { return };
    let phone = house.phone_of(&house.nik).await;
    let at = house.workstation("W11-RECEPTION").await;
    short_visit(&phone, "nik", &at).await;
    let holder = holder(&house).await;
    holder.batch_execute("SELECT FROM offline_secrets FOR UPDATE").await.unwrap();
    let (admin, device) = (house.admin.clone(), phone.id());
    let fetching = tokio::spawn(async move { phone.fetch_codes().await });
    waiting(&holder, 1).await;
    let losing = tokio::spawn(async move { admin.lost_phone(device).await });
    waiting(&holder, 2).await;
    holder.batch_execute("COMMIT").await.unwrap();
    fetching.await.unwrap().unwrap();
    losing.await.unwrap().unwrap();
    assert_eq!(count(&holder, "offline_handovers").await, 1);
    assert_eq!(count(&holder, "offline_secrets WHERE number = 1 AND replaced_at IS NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leaver_s_secret_that_is_rotated_in_the_same_moment_works_no_longer() {
    let Some(house) = House::large().await else { return };
    let phone = house.phone_of(&house.nik).await;
    let at = house.workstation("W11-RECEPTION").await;
    short_visit(&phone, "nik", &at).await;
    phone.fetch_codes().await.unwrap();
    let holder = holder(&house).await;
    // As a rotation does.
    let rotated = "UPDATE offline_secrets SET replaced_at = made_at, accepted_until = made_at + interval '14 days', \
        ended_tenant = 1, ended_own = 0, version = version + 1";
    holder.batch_execute(rotated).await.unwrap();
    let (admin, nik) = (house.admin.clone(), house.nik.id);
    let leaving = tokio::spawn(async move { admin.suspend_technician(nik).await });
    waiting(&holder, 1).await;
    holder.batch_execute("COMMIT").await.unwrap();
    leaving.await.unwrap().unwrap();
    let works_on = "offline_secrets WHERE accepted_until > made_at + interval '1 day'";
    assert_eq!(count(&holder, works_on).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_reported_while_its_technician_leaves_brings_no_account_back() {
    let Some(house) = House::large().await else { return };
    let phone = house.phone_of(&house.nik).await;
    let at = house.workstation("W11-RECEPTION").await;
    short_visit(&phone, "nik", &at).await;
    let mut login = at.open_push("nik").await.unwrap();
    phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
    at.wait_decided(&mut login).await.unwrap();
    let holder = holder(&house).await;
    // As a suspension does, up to its commit.
    let suspended = "UPDATE technicians SET status = 'suspended', version = version + 1";
    holder.batch_execute(suspended).await.unwrap();
    let at = std::sync::Arc::new(at);
    let there = std::sync::Arc::clone(&at);
    let entering = tokio::spawn(async move { there.enters(&mut login).await });
    waiting(&holder, 1).await;
    let ordered = "UPDATE workstation_accounts SET state = 'removing'";
    holder.batch_execute(&format!("{ordered}; COMMIT")).await.unwrap();
    // The grant is refused, or the session is kept: the account leaves in both cases.
    let _ = entering.await.unwrap();
    assert_eq!(count(&holder, "workstation_accounts WHERE state = 'present'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_and_the_record_that_confirms_it_do_not_miss_each_other() {
    let Some(house) = House::large().await else { return };
    let phone = house.phone_of(&house.nik).await;
    let at = house.workstation("W11-RECEPTION").await;
    short_visit(&phone, "nik", &at).await;
    phone.fetch_codes().await.unwrap();
    let (prompt, shown) = code(&phone, &at, "nik");
    at.enters_offline("nik", &shown.code).unwrap();
    let holder = holder(&house).await;
    holder.batch_execute("SELECT FROM workstations FOR NO KEY UPDATE").await.unwrap();
    let uploading = tokio::spawn(async move { at.uploads().await });
    let telling = tokio::spawn(async move { phone.tell_shown(&prompt, &shown).await });
    waiting(&holder, 2).await;
    holder.batch_execute("COMMIT").await.unwrap();
    uploading.await.unwrap().unwrap();
    telling.await.unwrap().unwrap();
    assert_eq!(last(&house).await.trust, Trust::Confirmed);
}
