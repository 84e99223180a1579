//! PostgreSQL's walls, tried from behind the service's own role.

use tokio_postgres::error::SqlState;

use crate::house::{Behind, House, VERSIONED};

/// Tables that belong to the installation and to no msp.
const OF_THE_INSTALLATION: [&str; 4] =
    ["audit_dead_letters", "replays", "signing_keys", "vendor_tokens"];

async fn connect(url: &url::Url) -> tokio_postgres::Client {
    let (client, driver) =
        tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(driver);
    client
}

/// The superuser and the service's role in the story's database; `None` without PostgreSQL.
async fn both() -> Option<(House, tokio_postgres::Client, tokio_postgres::Client)> {
    let house = House::large().await?;
    let Behind::Superuser(url) = house.place.behind_the_walls() else {
        unreachable!("a large house stands on PostgreSQL")
    };
    let superuser = connect(&url).await;
    let mut service = url.clone();
    service.set_username("countersign_story").unwrap();
    let service = connect(&service).await;
    service.batch_execute("SET ROLE countersign_app").await.unwrap();
    Some((house, superuser, service))
}

/// The database itself says no: not a syntax error, not a missing table, not zero rows.
async fn is_refused(service: &tokio_postgres::Client, forbidden: &str) {
    let refused = service.batch_execute(forbidden).await;
    let code = refused.as_ref().err().and_then(|error| error.code());
    assert_eq!(code, Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{forbidden}: {refused:?}");
}

async fn tables(superuser: &tokio_postgres::Client) -> Vec<String> {
    let rows = superuser
        .query(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
             AND NOT relispartition AND relname <> '__diesel_schema_migrations' ORDER BY 1",
            &[],
        )
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_is_behind_the_walls() {
    let Some((_house, superuser, _)) = both().await else { return };
    let found = tables(&superuser).await;
    assert!(found.len() >= 15, "{found:?}");
    for table in found {
        let row = superuser
            .query_one(
                "SELECT relrowsecurity AND relforcerowsecurity, EXISTS (SELECT FROM pg_policies WHERE tablename = $1
                 AND 'countersign_app' = ANY (roles) AND qual LIKE '%scope_msp()%'),
                 EXISTS (SELECT FROM pg_policies WHERE tablename = $1 AND 'countersign_app' = ANY (roles)
                 AND qual NOT LIKE '%scope_msp()%')
                 FROM pg_class WHERE relname = $1 AND relnamespace = 'public'::regnamespace",
                &[&table],
            )
            .await
            .unwrap();
        let (forced, scoped, open): (bool, bool, bool) = (row.get(0), row.get(1), row.get(2));
        assert!(forced, "{table} is not behind forced row-level security");
        let installation = OF_THE_INSTALLATION.contains(&table.as_str());
        assert_eq!(scoped, !installation, "{table} lacks the msp's policy");
        let sweeps_only = table == "audit_dead_letters";
        assert_eq!(open, installation && !sweeps_only, "{table} has a policy without the msp");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_with_versions_is_compared_with_its_events_where_clients_hang_up() {
    let Some((_house, superuser, _)) = both().await else { return };
    let rows = superuser
        .query(
            "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public'
             AND column_name = 'version' AND table_name <> '__diesel_schema_migrations' ORDER BY 1",
            &[],
        )
        .await
        .unwrap();
    let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let mut compared = VERSIONED.map(|(table, _)| table);
    compared.sort_unstable();
    assert_eq!(found, compared);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_without_its_scope_sees_no_rows() {
    let Some((house, superuser, service)) = both().await else { return };
    let _phone = house.phone_of(&house.nik).await;
    let machine = house.workstation("W11-RECEPTION").await;
    machine.open_push("nik").await.unwrap();
    let mut with_rows = 0;
    for table in tables(&superuser).await {
        if OF_THE_INSTALLATION.contains(&table.as_str())
            || table == "outbox"
            || table == "audit_origins"
        {
            continue;
        }
        let count = format!("SELECT count(*) FROM {table}");
        let all: i64 = superuser.query_one(&count, &[]).await.unwrap().get(0);
        let seen: i64 = service.query_one(&count, &[]).await.unwrap().get(0);
        assert_eq!(seen, 0, "{table} shows {seen} of {all} rows without a scope");
        with_rows += usize::from(all > 0);
    }
    assert!(with_rows >= 8, "the story left rows to hide");
    let scoped = format!("SET countersign.msp = '{}'", house.msp);
    service.batch_execute(&scoped).await.unwrap();
    let seen: i64 = service.query_one("SELECT count(*) FROM tenants", &[]).await.unwrap().get(0);
    assert_eq!(seen, 1, "with the scope they are there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_can_be_written_into_another_msp() {
    let Some((house, _, service)) = both().await else { return };
    let (rival, _) = house.another_msp().await;
    let scoped = format!("SET countersign.msp = '{}'", house.msp);
    service.batch_execute(&scoped).await.unwrap();
    let smuggled = format!(
        "INSERT INTO tenants (id, msp, name, refuse_other_network, created_at, version)
         VALUES (gen_random_uuid(), '{rival}', 'smuggled', false, now(), 1)"
    );
    is_refused(&service, &smuggled).await;
    let moved = format!("UPDATE tenants SET msp = '{rival}'");
    is_refused(&service, &moved).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_can_neither_rewrite_nor_delete_what_it_recorded() {
    let Some((house, _, service)) = both().await else { return };
    house.workstation("W11-RECEPTION").await.open_push("nobody").await.unwrap();
    for role in ["countersign_app", "countersign_worker"] {
        service.batch_execute(&format!("SET ROLE {role}")).await.unwrap();
        if role == "countersign_app" {
            // The worker takes events out of it, into the log.
            is_refused(&service, "DELETE FROM outbox").await;
            is_refused(
                &service,
                "INSERT INTO audit_leaves VALUES (gen_random_uuid(), 0, gen_random_uuid(), '')",
            )
            .await;
        }
        for forbidden in [
            "UPDATE audit_leaves SET hash = ''",
            "DELETE FROM audit_leaves",
            "UPDATE audit_events SET body = '{}'",
            "DELETE FROM audit_events",
            "TRUNCATE audit_events",
            "DELETE FROM audit_checkpoints",
            "UPDATE audit_nodes SET hash = ''",
            "UPDATE audit_origins SET public_key = ''",
            "DELETE FROM audit_logs",
            "UPDATE outbox SET body = '{}'",
            "DELETE FROM logins",
            "DELETE FROM technicians",
            "TRUNCATE outbox",
            "ALTER TABLE outbox DISABLE ROW LEVEL SECURITY",
        ] {
            is_refused(&service, forbidden).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_superuser_is_refused_as_the_services_role() {
    let Some((house, ..)) = both().await else { return };
    let Behind::Superuser(url) = house.place.behind_the_walls() else { return };
    let mut settings = house.place.settings();
    settings.store.url = Some(url.as_str().parse().unwrap());
    let clock = std::sync::Arc::new(countersign::ambient::SteadyClock::start());
    let random = std::sync::Arc::new(countersign::ambient::SystemRandom::new());
    let refused = countersign::app::App::build(settings, clock, random).await.err().unwrap();
    assert!(refused.to_string().contains("countersign_service"), "{refused}");
}
