//! Bodies that are gone: the tree keeps their places.

use countersign_protocol::{
    ProblemCode,
    audit::{Tile, TileContent, verify_inclusion},
    wire::audit::AuditQuery,
};
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};

use super::cast::{exported, pages, record_many};
use crate::{
    house::{Behind, House},
    refusal::refused,
    story,
};

/// Takes the bodies below this position away, as retention does.
async fn prune(house: &House, below: u64) {
    match house.place.behind_the_walls() {
        Behind::File(path) => {
            let sql = format!(
                "DROP TRIGGER audit_events_refuses_delete; DELETE FROM audit_events WHERE position < {below};"
            );
            let pruned = tokio::task::spawn_blocking(move || {
                let mut connection = SqliteConnection::establish(&path).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
                connection.batch_execute(&sql).unwrap();
            });
            pruned.await.unwrap();
        }
        Behind::Superuser(url) => {
            let (client, driver) =
                tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(driver);
            // As a superuser who walks past the triggers.
            let sql = format!(
                "SET session_replication_role = replica; DELETE FROM audit_events WHERE position < {below}"
            );
            client.batch_execute(&sql).await.unwrap();
        }
    }
}

story! {
    async fn a_pruned_event_says_so_and_its_place_can_still_be_proved(house: House) {
        record_many(&house, 0..300).await;
        house.flush().await;
        let note = house.admin.audit_checkpoint(house.msp).await.unwrap();
        let keys = house.admin.audit_keys(house.msp).await.unwrap();
        let checkpoint = keys.origins[0].vkey.open(&note).unwrap();
        prune(&house, 100).await;

        refused(house.admin.audit_event(99).await, ProblemCode::Pruned);
        house.admin.audit_event(100).await.unwrap();
        let bundle = |index, width| Tile::new(TileContent::Entries, index, width).unwrap();
        refused(house.admin.audit_tile(house.msp, bundle(0, 256)).await, ProblemCode::Pruned);
        house.admin.audit_tile(house.msp, bundle(1, 3)).await.unwrap();
        let proof = house.admin.inclusion_proof(7, checkpoint.size).await.unwrap();
        verify_inclusion(&proof.hash, 7, checkpoint.size, &checkpoint.root, &proof.hashes).unwrap();

        let left = pages(&house, &AuditQuery::default(), true, 200, None).await;
        assert_eq!(left[0].position, 100);
        let evidence = exported(&house, "ndjson", &AuditQuery::default()).await;
        let lines: Vec<serde_json::Value> =
            evidence.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines[1]["body"].is_null() && lines[1]["hash"].is_string(), "{}", lines[1]);
        assert!(lines[101]["body"].is_string(), "{}", lines[101]);
    }
}
