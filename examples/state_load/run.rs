//! Starts, lets everybody wait, changes the tenant, and tells how long it took.

use std::time::Duration;

use countersign_client::Admin;
use countersign_protocol::{
    TenantId,
    wire::{
        accounts::AccountMode,
        admin::{CreateTenant, TenantSettings},
    },
};
use tokio::time::{Instant as Timer, sleep};

use crate::{
    Failure,
    connections::transport,
    counters::Counters,
    disk::syncs_a_second,
    fleet,
    options::{Change, Options},
    process::{cpu, resident},
    say,
    start::Started,
    waiting::Waiting,
};

/// How long the counters run without a change, to know what goes on by itself.
const IDLE: Duration = Duration::from_secs(5);

/// Measures, and prints a line a round.
pub async fn measure(options: &Options) -> Result<(), Failure> {
    let started = Started::on(options.start, options.service.as_deref(), false).await?;
    let transport = transport(&started.url)?;
    let admin = Admin::new(transport.clone(), &started.admin_token);
    let settings = TenantSettings { accounts: AccountMode::Shared, ..TenantSettings::default() };
    let asked = CreateTenant { name: "State load".into(), settings };
    let tenant = admin.create_tenant(&asked).await?.id;
    say(&format!("enrolling {} workstations", options.workstations));
    let name = fleet::fresh_name();
    let desks =
        fleet::workstations(&admin, &transport, tenant, &name, options.workstations).await?;
    started.settle().await?;
    let before = resident(started.pid());
    say("letting them wait");
    let mut waiting = Waiting::begin(desks, options.apply).await?;
    let all = f64::from(options.workstations);
    if let (Some(before), Some(after)) = (before, resident(started.pid())) {
        let a_wait = after.saturating_sub(before) / u64::from(options.workstations);
        println!("memory: {} MiB, {a_wait} bytes a wait", after >> 20);
    }
    if let Some(syncs) = syncs_a_second(started.folder()).await {
        println!("disk: {syncs:.0} durable writes a second");
    }
    for round in 1..=options.rounds {
        let idle = Counters::scrape(&started.metrics).await?;
        sleep(IDLE).await;
        let first = Counters::scrape(&started.metrics).await?;
        let background = first.since(idle).for_each_of(IDLE.as_secs_f64());
        let (began, burnt) = (Timer::now(), cpu(started.pid()));
        change(&admin, tenant, options.change, round).await?;
        let answered = began.elapsed();
        let news = waiting.all_heard(began).await?;
        let since = |at: Timer| at.duration_since(began).as_millis();
        let mut heard: Vec<u128> = news.iter().map(|news| since(news.heard)).collect();
        heard.sort_unstable();
        let done = news.iter().map(|news| since(news.done)).max().unwrap_or(0);
        let took = began.elapsed();
        let counted = Counters::scrape(&started.metrics).await?.since(first);
        let each = counted.without(background, took.as_secs_f64()).for_each_of(all);
        let at = |part: f64| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
            let index = ((all - 1.0) * part) as usize;
            heard.get(index).copied().unwrap_or(0)
        };
        let cpu = cpu(started.pid()).zip(burnt).map_or(Duration::ZERO, |(now, then)| now - then);
        println!(
            "round {round}: changed after {} ms; heard of by half after {} ms, 99 % {} ms, the last {} ms, and done \
             after {done} ms; {:.2} SQL \
             statements and {:.2} round trips a workstation; the service's CPU {} ms; memory {} MiB",
            answered.as_millis(),
            at(0.5),
            at(0.99),
            at(1.0),
            each.statements,
            each.round_trips,
            cpu.as_millis(),
            resident(started.pid()).unwrap_or(0) >> 20,
        );
    }
    Ok(())
}

async fn change(admin: &Admin, tenant: TenantId, what: Change, round: u32) -> Result<(), Failure> {
    match what {
        Change::Secrets => admin.rotate_offline_secrets(tenant).await?,
        Change::Mode => {
            let accounts = if round % 2 == 1 { AccountMode::Named } else { AccountMode::Shared };
            let settings = TenantSettings { accounts, ..TenantSettings::default() };
            admin.set_tenant_settings(tenant, &settings).await?;
        }
    }
    Ok(())
}
