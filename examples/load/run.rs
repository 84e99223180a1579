//! A whole run: start, enrol, park, warm up, measure.

use std::{sync::Arc, time::Duration};

use countersign_client::Admin;
use tokio::time::{Instant as Timer, sleep};
use url::Url;

use crate::{
    Failure,
    connections::transport,
    counters::Counters,
    disk, fleet,
    options::{Extent, Options},
    pace::{self, Field},
    parked::{self, Parked},
    process,
    report::{ForEachCycle, Memory, Processor, Report},
    say,
    start::Started,
};

/// For how long the service is watched before the load begins: what it does by itself.
const BACKGROUND: Duration = Duration::from_secs(3);
/// How long all desktops may take to be parked once they have asked.
const ALL_PARKED: Duration = Duration::from_secs(10);
/// Files that this process needs beside the parked connections.
const OTHER_FILES: u64 = 300;

/// The service under load.
struct Target {
    url: Url,
    admin: Admin,
    metrics: Option<Url>,
    pid: Option<u32>,
    started: Option<Started>,
}

impl Target {
    async fn of(options: &Options) -> Result<Self, Failure> {
        if let Some(what) = options.start {
            let started = Started::on(what, options.service.as_deref(), options.push).await?;
            let url = started.url.clone();
            let admin = Admin::new(transport(&url)?, started.admin_token.as_str());
            let (metrics, pid) = (Some(started.metrics.clone()), Some(started.pid()));
            return Ok(Self { url, admin, metrics, pid, started: Some(started) });
        }
        let url = options.url.clone();
        let url =
            url.ok_or("name a service by --url and --admin-token, or start one: --start sqlite")?;
        let token = options.admin_token.as_deref().ok_or("--admin-token is missing")?;
        let admin = Admin::new(transport(&url)?, token);
        let (metrics, pid) = (options.metrics_url.clone(), options.pid);
        Ok(Self { url, admin, metrics, pid, started: None })
    }

    async fn counters(&self) -> Result<Option<Counters>, Failure> {
        match &self.metrics {
            Some(metrics) => Ok(Some(Counters::scrape(metrics).await?)),
            None => Ok(None),
        }
    }

    async fn syncs(&self) -> Option<f64> {
        disk::syncs_a_second(self.started.as_ref()?.folder()).await
    }

    fn cpu(&self) -> Option<Duration> {
        process::cpu(self.pid?)
    }
}

/// Does all of it.
pub async fn measure(options: &Options) -> Result<Report, Failure> {
    check(options)?;
    let target = Target::of(options).await?;
    let run = fleet::fresh_name();
    let field = enrolled(options, &target, &run).await?;
    let (parked, memory) = park(options, &target, &run).await?;
    warm_up(options, &target, &field).await?;

    let background = background(&target).await?;
    let syncs_before = target.syncs().await;
    say("measuring");
    let (cpu, own_cpu) = (target.cpu(), process::cpu(std::process::id()));
    let (before, began) = (target.counters().await?, Timer::now());
    match options.rate {
        Some(rate) => pace::open(&field, rate, options.extent()).await,
        None => pace::closed(&field, options.concurrency, options.extent()).await,
    }
    let elapsed = began.elapsed();
    let after = target.counters().await?;
    let spent =
        |before: Option<Duration>, now: Option<Duration>| Some(now?.saturating_sub(before?));
    let processor = Processor {
        service: spent(cpu, target.cpu()),
        load_tool: spent(own_cpu, process::cpu(std::process::id())),
    };
    let figures = field.take_figures()?;
    let for_each_cycle = before.zip(after).zip(background).map(|((before, after), background)| {
        ForEachCycle::of(after.since(before), background, elapsed, figures.cycles)
    });
    Ok(Report {
        pace: pace_in_words(options),
        workstations: options.workstations,
        phones: options.phones,
        elapsed,
        figures,
        for_each_cycle,
        parked: options.parked,
        parked_reopened: parked.reopened(),
        parked_failures: parked.failures(),
        memory,
        processor,
        syncs: [syncs_before, target.syncs().await],
    })
}

fn check(options: &Options) -> Result<(), Failure> {
    let needed = u64::from(options.parked) + OTHER_FILES;
    if let Some(limit) = process::open_files_limit().filter(|limit| *limit < needed) {
        return Err(format!(
            "this process may open {limit} files, and --parked needs {needed}: raise it with ulimit -n"
        )
        .into());
    }
    if options.rate.is_some_and(|rate| !rate.is_finite() || rate <= 0.0) {
        return Err("--rate is a number of cycles a second, above 0".into());
    }
    if let Extent::Seconds(seconds) = options.extent()
        && !(0.0..=43_200.0).contains(&seconds)
    {
        return Err("--seconds is 0 to 43200".into());
    }
    if options.rate.is_some_and(|rate| rate > f64::from(options.phones)) {
        say(
            "a name may open one login a second at most: with more cycles a second than phones, expect too_many_requests",
        );
    }
    Ok(())
}

async fn enrolled(options: &Options, target: &Target, run: &str) -> Result<Arc<Field>, Failure> {
    say(&format!("enrolling {} phones and {} workstations", options.phones, options.workstations));
    let tenant = fleet::tenant(&target.admin, &format!("Load {run}"), None).await?;
    let way = transport(&target.url)?;
    let pushes = target.started.as_ref().and_then(|started| started.pushes.as_ref());
    let phones = fleet::phones(&target.admin, &way, (tenant, run), options.phones, pushes).await?;
    let desks = fleet::workstations(&target.admin, &way, tenant, run, options.workstations).await?;
    Field::of(desks, phones, options.list)
}

/// Parks the other desktops, and finds what their waits add to the service's memory. Everything else of theirs
/// (enrolment, tokens, open logins) is there before.
async fn park(
    options: &Options,
    target: &Target,
    run: &str,
) -> Result<(Parked, Option<Memory>), Failure> {
    let count = options.parked;
    if count == 0 {
        return Ok((Parked::default(), None));
    }
    say(&format!("enrolling and parking {count} desktops"));
    let name = format!("Parked {run}");
    let tenant = fleet::tenant(&target.admin, &name, Some(parked::LIFETIME)).await?;
    let run = format!("{run}-parked");
    let desks =
        fleet::workstations(&target.admin, &transport(&target.url)?, tenant, &run, count).await?;
    let ready = parked::opened(desks).await?;
    let before = target.pid.and_then(process::resident);
    let parked = Parked::park(ready).await;
    all_parked(target, count).await?;
    let after = target.pid.and_then(process::resident);
    let memory = before.zip(after).map(|(before, after)| Memory { before, after });
    Ok((parked, memory))
}

async fn all_parked(target: &Target, count: u32) -> Result<(), Failure> {
    let end = Timer::now() + ALL_PARKED;
    loop {
        match target.counters().await? {
            None => {
                sleep(Duration::from_secs(2)).await;
                return Ok(());
            }
            // Those whose thirty seconds are over are on their way back.
            Some(counters) if counters.parked >= f64::from(count) * 0.99 => return Ok(()),
            Some(counters) if Timer::now() > end => {
                return Err(
                    format!("only {} of {count} desktops are parked", counters.parked).into()
                );
            }
            Some(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Everyone has fetched keys and tokens, and every table has rows, before anything counts.
async fn warm_up(options: &Options, target: &Target, field: &Arc<Field>) -> Result<(), Failure> {
    let cycles = options.warm_up.unwrap_or(u64::from(options.workstations));
    say(&format!("warming up: {cycles} cycles"));
    pace::closed(field, options.concurrency.min(8), Extent::Cycles(cycles)).await;
    if let Some((what, times)) = field.take_figures()?.failures.first_key_value() {
        return Err(format!(
            "the warm-up fails: {what} ({times} times); see --help on the service's caps"
        )
        .into());
    }
    match &target.started {
        Some(started) => started.settle().await,
        None => Ok(()),
    }
}

/// What the counters rise by each second before the load.
async fn background(target: &Target) -> Result<Option<Counters>, Failure> {
    let (Some(before), began) = (target.counters().await?, Timer::now()) else {
        return Ok(None);
    };
    sleep(BACKGROUND).await;
    let after = target.counters().await?;
    Ok(after.map(|after| after.since(before).for_each_of(began.elapsed().as_secs_f64())))
}

fn pace_in_words(options: &Options) -> String {
    match options.rate {
        Some(rate) => format!("open loop, {rate} begin each second"),
        None => format!("closed loop, {} at once", options.concurrency),
    }
}
