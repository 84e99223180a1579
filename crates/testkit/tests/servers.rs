//! The servers that tests stand on.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use countersign_testkit::servers::{PrivatePostgres, PrivateRedis, TestDatabase, shared_postgres};
use tokio_postgres::{Client, NoTls};
use url::Url;

async fn connect(url: &Url) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url.as_str(), NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn value(client: &Client, query: &str) -> String {
    client.query_one(query, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_killed_postgres_comes_back_with_what_was_committed() {
    let Some(mut server) = PrivatePostgres::start_or_skip() else { return };
    let url = server.admin_url();
    let client = connect(&url).await.unwrap();
    client.batch_execute("CREATE TABLE kept AS SELECT 'here' AS word").await.unwrap();

    server.kill();
    assert!(client.batch_execute("SELECT 1").await.is_err(), "a killed server still answers");
    assert!(connect(&url).await.is_err(), "a killed server still accepts connections");

    server.restart();
    assert_eq!(server.admin_url(), url);
    let client = connect(&url).await.unwrap();
    assert_eq!(value(&client, "SELECT word FROM kept").await, "here");
    assert_eq!(value(&client, "SHOW fsync").await, "on");
}

#[tokio::test]
async fn a_dropped_postgres_leaves_no_folder() {
    let Some(server) = PrivatePostgres::start_or_skip() else { return };
    let client = connect(&server.admin_url()).await.unwrap();
    let folder = value(&client, "SHOW data_directory").await;
    assert!(Path::new(&folder).exists());
    drop(server);
    assert!(!Path::new(&folder).parent().unwrap().exists());
}

/// One command in Redis's inline form, and the first line of its answer.
fn ask(url: &Url, command: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap()))?;
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    writeln!(stream, "{command}\r")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

#[test]
fn a_killed_redis_comes_back_empty_on_the_same_port() {
    let Some(mut server) = PrivateRedis::start_or_skip() else { return };
    let url = server.url();
    assert_eq!(ask(&url, "SET word here").unwrap(), "+OK");

    server.kill();
    assert!(ask(&url, "PING").is_err(), "a killed server still answers");

    server.restart();
    assert_eq!(server.url(), url);
    assert_eq!(ask(&url, "EXISTS word").unwrap(), ":0");
}

#[test]
fn redis_keeps_what_it_was_told_to_keep() {
    if PrivateRedis::start_or_skip().is_none() {
        return;
    }
    let mut server = PrivateRedis::start_with(&[("appendonly", "yes"), ("appendfsync", "always")]);
    assert_eq!(ask(&server.url(), "SET word here").unwrap(), "+OK");
    server.restart();
    assert_eq!(ask(&server.url(), "EXISTS word").unwrap(), ":1");
}

#[test]
fn a_paused_redis_is_silent_until_it_is_resumed() {
    let Some(server) = PrivateRedis::start_or_skip() else { return };
    server.pause();
    assert!(ask(&server.url(), "PING").is_err(), "a paused server still answers");
    server.resume();
    assert_eq!(ask(&server.url(), "PING").unwrap(), "+PONG");
}

#[test]
fn a_paused_redis_can_be_dropped() {
    if let Some(server) = PrivateRedis::start_or_skip() {
        server.pause();
    }
}

/// A migration that counts how often it ran, in the database that `admin` names.
async fn migrate(admin: &Url, url: Url) {
    connect(&url).await.unwrap().batch_execute("CREATE TABLE things (name text)").await.unwrap();
    let migrated =
        "CREATE TABLE IF NOT EXISTS migrated (); ALTER TABLE migrated ADD COLUMN once int";
    connect(admin).await.unwrap().batch_execute(migrated).await.unwrap();
}

#[tokio::test]
async fn every_test_has_a_database_of_its_own_from_one_migration() {
    let Some(server) = PrivatePostgres::start_or_skip() else { return };
    let admin = server.admin_url();
    let make = || TestDatabase::create(&admin, "v1", async |url| migrate(&admin, url).await);
    // A second migration would fail to add its column.
    let (one, two, three) = tokio::join!(make(), make(), make());
    assert!(one.name() != two.name() && two.name() != three.name());

    let client = connect(&one.url()).await.unwrap();
    client.batch_execute("INSERT INTO things VALUES ('one')").await.unwrap();
    let client = connect(&two.url()).await.unwrap();
    assert_eq!(value(&client, "SELECT count(*)::text FROM things").await, "0");
}

#[tokio::test]
async fn a_dropped_test_database_is_gone_under_open_connections() {
    let Some(admin) = shared_postgres() else { return };
    let database = TestDatabase::create(&admin, "empty", async |_| ()).await;
    let name = database.name().to_owned();
    let _open = connect(&database.url()).await.unwrap();
    drop(database);
    let found = format!("SELECT count(*)::text FROM pg_database WHERE datname = '{name}'");
    assert_eq!(value(&connect(&admin).await.unwrap(), &found).await, "0");
}

#[tokio::test]
async fn a_migration_that_fails_leaves_no_template() {
    let Some(server) = PrivatePostgres::start_or_skip() else { return };
    let admin = server.admin_url();
    let failing = tokio::spawn({
        let admin = admin.clone();
        async move { TestDatabase::create(&admin, "v1", async |_| panic!("half-way")).await }
    });
    assert!(failing.await.is_err());
    let database = TestDatabase::create(&admin, "v1", async |url| migrate(&admin, url).await).await;
    let client = connect(&database.url()).await.unwrap();
    assert_eq!(value(&client, "SELECT count(*)::text FROM things").await, "0");
}

#[tokio::test]
async fn a_role_has_a_url_of_its_own() {
    let Some(server) = PrivatePostgres::start_or_skip() else { return };
    let admin = server.admin_url();
    let database = TestDatabase::create(&admin, "roles", async |url| {
        connect(&url).await.unwrap().batch_execute("CREATE ROLE app LOGIN").await.unwrap();
    })
    .await;
    let client = connect(&database.url_as("app")).await.unwrap();
    assert_eq!(value(&client, "SELECT current_user::text").await, "app");
    assert_eq!(value(&client, "SELECT current_database()::text").await, database.name());
}
