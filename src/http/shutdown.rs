//! Shutting down in order: first say so, then let everyone finish.

use std::io;

#[cfg(unix)]
use tokio::signal::unix;
use tokio::sync::watch;

/// Whether the node is shutting down. It never takes it back.
///
/// Once it has begun, `/readyz` is red and every answer closes its connection. Whoever parks requests awaits
/// [`Drain::begun`] and answers them all; a client that comes back elsewhere loses nothing.
#[derive(Clone, Debug)]
pub struct Drain(watch::Sender<bool>);

impl Default for Drain {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Drain {
    /// Begins; again has no effect.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// True once the node is shutting down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when the shutdown begins; at once if it has.
    pub async fn begun(&self) {
        // The sender is our own and lives, so the wait can't fail.
        let _ = self.0.subscribe().wait_for(|begun| *begun).await;
    }
}

/// The signals by which an operator or a supervisor stops the service: ctrl-c and, on Unix, SIGTERM.
pub struct StopSignals {
    #[cfg(unix)]
    terminate: unix::Signal,
    #[cfg(unix)]
    interrupt: unix::Signal,
}

impl StopSignals {
    /// Starts listening: from here on the signals no longer end the process by themselves.
    ///
    /// # Errors
    /// If the system refuses to install the handlers.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: unix::signal(unix::SignalKind::terminate())?,
            #[cfg(unix)]
            interrupt: unix::signal(unix::SignalKind::interrupt())?,
        })
    }

    /// The next signal.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_clone_learns_that_the_shutdown_has_begun() {
        let drain = Drain::default();
        let other = drain.clone();
        assert!(!other.is_draining());
        drain.begin();
        other.begun().await;
        assert!(other.is_draining());
    }

    #[tokio::test]
    async fn a_waiter_is_woken_by_the_beginning() {
        let drain = Drain::default();
        let waiter = tokio::spawn({
            let drain = drain.clone();
            async move { drain.begun().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        drain.begin();
        waiter.await.unwrap();
    }
}
