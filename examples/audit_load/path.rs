//! From XADD to committed rows with their tree.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use countersign::{
    audit::Reader,
    domain::Event,
    store::{Committed, Scope},
};
use tokio::time::{Instant as Timer, sleep};

use crate::{Failure, events::event, options::Options, process, say, servers::Servers};

/// How many events are on their way at most.
const ON_THEIR_WAY: u64 = 15_000;
/// How many go into the outbox in one transaction, before anything is measured.
const TOGETHER: usize = 200;
/// How long a round may make no progress.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a round found.
pub struct Round {
    /// Events a second.
    pub rate: f64,
    /// CPU time of this process (service and tool) for each event, in microseconds.
    pub cpu_us: Option<f64>,
}

/// Flushers of every stream, until they are dropped.
pub struct Flushers {
    /// How many events they have added.
    pub added: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Flushers {
    /// Starts them.
    pub fn start(servers: &Servers) -> Self {
        let (added, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let task = |mut reader: Reader| {
            let (audit, added) = (Arc::clone(&servers.audit), Arc::clone(&added));
            let stop = Arc::clone(&stop);
            tokio::spawn(async move {
                while !stop.load(SeqCst) {
                    match audit.flusher.step_from_stream(&mut reader).await {
                        Ok(flushed) => drop(added.fetch_add(flushed.added as u64, SeqCst)),
                        Err(failure) => eprintln!("audit_load: {failure:?}"),
                    }
                }
            })
        };
        let tasks = servers.audit.readers().into_iter().map(task).collect();
        Self { added, stop, tasks }
    }

    /// Lets them finish.
    pub async fn stop(self) {
        self.stop.store(true, SeqCst);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// One round.
pub async fn measure(servers: &Servers, options: &Options) -> Result<Round, Failure> {
    let stream = servers.audit.stream.as_ref().ok_or("no stream")?;
    let events = waiting(servers, options).await?;
    servers.superuser().await?.batch_execute("VACUUM ANALYZE outbox").await?;
    let flushers = Flushers::start(servers);
    // Whatever was on the stream before.
    sleep(Duration::from_secs(1)).await;
    say("flushing");
    let before = flushers.added.load(SeqCst);
    let added = || flushers.added.load(SeqCst) - before;
    let (began, cpu) = (Timer::now(), process::cpu(std::process::id()));
    let mut sent = 0;
    for event in &events {
        while sent - added().min(sent) >= ON_THEIR_WAY {
            sleep(Duration::from_millis(1)).await;
        }
        stream.producer.committed(event);
        sent += 1;
    }
    let mut progress = (0, Timer::now());
    while added() < sent {
        sleep(Duration::from_millis(1)).await;
        if added() > progress.0 {
            progress = (added(), Timer::now());
        }
        if progress.1.elapsed() > PATIENCE {
            return Err(format!("{} of {sent} events reached the log", added()).into());
        }
    }
    let elapsed = began.elapsed();
    let spent = process::cpu(std::process::id()).zip(cpu).map(|(after, before)| after - before);
    flushers.stop().await;
    let count = f64::from(u32::try_from(sent)?);
    Ok(Round {
        rate: count / elapsed.as_secs_f64(),
        cpu_us: spent.map(|spent| spent.as_secs_f64() * 1e6 / count),
    })
}

/// Events that stand in the outbox as after their commits, told to nobody.
async fn waiting(servers: &Servers, options: &Options) -> Result<Vec<Event>, Failure> {
    let mut events = Vec::new();
    let msps = servers.msps.len() as u64;
    for number in 0..u64::from(options.events) {
        let msp = servers.msps[usize::try_from(number % msps)?];
        events.push(event(&servers.context, msp, number / msps));
    }
    let silent = servers.silent()?;
    for msp in &servers.msps {
        let own: Vec<Event> = events.iter().filter(|event| event.msp == *msp).cloned().collect();
        for some in own.chunks(TOGETHER) {
            let mut more = some.to_vec();
            let Some(first) = more.pop() else { continue };
            let work = silent.transact(Scope::msp(*msp), move |tx| {
                Box::pin(async move { Ok(tx.commit(first, more).await?) })
            });
            work.await.map_err(|failure| format!("{failure:?}"))?;
        }
    }
    Ok(events)
}
