use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// One connection, for as long as it lasts.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The first is 1.
    pub(crate) number: usize,
    trusted: AtomicBool,
    /// Requests that are not yet judged.
    open: AtomicUsize,
}

impl Connection {
    pub(crate) fn new(number: usize) -> Self {
        Self { number, trusted: AtomicBool::new(false), open: AtomicUsize::new(0) }
    }

    /// Its peer has proved who it is.
    pub(crate) fn trust(&self) {
        self.trusted.store(true, Ordering::SeqCst);
    }

    /// Lets a request in, unless its peer is unproven and another request is open.
    pub(crate) fn enter(&self, one_at_first: bool) -> bool {
        let others = self.open.fetch_add(1, Ordering::SeqCst);
        let entered = !one_at_first || others == 0 || self.trusted.load(Ordering::SeqCst);
        if !entered {
            self.leave();
        }
        entered
    }

    /// A request that was let in is judged.
    pub(crate) fn leave(&self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}
