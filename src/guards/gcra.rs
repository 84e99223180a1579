//! The script that counts a limit in Redis.

use std::{sync::LazyLock, time::Duration};

use redis::{Script, ScriptInvocation};

static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("gcra.lua")));

/// One take from `key`; the script answers with the microseconds to wait, zero if taken.
pub(super) fn take(
    key: &str,
    interval: Duration,
    tolerance: Duration,
) -> ScriptInvocation<'static> {
    let mut take = SCRIPT.prepare_invoke();
    take.key(key).arg(micros(interval)).arg(micros(tolerance));
    take
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
