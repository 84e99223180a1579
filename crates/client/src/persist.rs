//! Keeping what must survive a crash, where the app wants it kept.

use std::io;

/// Keeps a state before the client goes on.
pub trait Persist<T>: Send + Sync + 'static {
    /// The state is kept when this returns.
    ///
    /// # Errors
    /// If it could not be kept; the client then sends nothing that rests on it.
    fn persist(&self, state: &T) -> io::Result<()>;
}

/// Keeps nothing: a crash loses the state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl<T> Persist<T> for Nowhere {
    fn persist(&self, _: &T) -> io::Result<()> {
        Ok(())
    }
}

impl<T, F> Persist<T> for F
where
    F: Fn(&T) -> io::Result<()> + Send + Sync + 'static,
{
    fn persist(&self, state: &T) -> io::Result<()> {
        self(state)
    }
}
