//! What one cycle at a time may use, handed out in turn.

use tokio::sync::{
    Mutex,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// Things that are lent in turn, so that each is used about as often as the others. It holds no more than it
/// was filled with.
pub struct Pool<T> {
    given_back: UnboundedSender<T>,
    free: Mutex<UnboundedReceiver<T>>,
}

impl<T> Pool<T> {
    /// A pool of these.
    pub fn of(things: impl IntoIterator<Item = T>) -> Self {
        let (given_back, free) = unbounded_channel();
        for thing in things {
            let _ = given_back.send(thing);
        }
        Self { given_back, free: Mutex::new(free) }
    }

    /// The one that was free for longest; waits for one if there is none.
    pub async fn lend(&self) -> T {
        loop {
            // The sender is this pool's own, so the channel never closes.
            if let Some(thing) = self.free.lock().await.recv().await {
                return thing;
            }
        }
    }

    /// Takes one back.
    pub fn give_back(&self, thing: T) {
        let _ = self.given_back.send(thing);
    }
}
