//! All cores at once.

use std::num::NonZero;

/// How many threads work at a time.
pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Below this, a thread costs more than it does.
const WORTH_A_THREAD: usize = 64;

/// What `of` makes of each, in the same order.
pub(super) fn map<T: Sync, R: Send>(
    all: &[T],
    threads: usize,
    of: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    if threads < 2 || all.len() < WORTH_A_THREAD {
        return all.iter().map(of).collect();
    }
    let share = all.len().div_ceil(threads);
    let of = &of;
    std::thread::scope(|scope| {
        let mut shares = all.chunks(share);
        let own = shares.next().unwrap_or_default();
        let others: Vec<_> = shares
            .map(|share| scope.spawn(move || share.iter().map(of).collect::<Vec<R>>()))
            .collect();
        let mut made: Vec<R> = own.iter().map(of).collect();
        for other in others {
            match other.join() {
                Ok(share) => made.extend(share),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        made
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_order_stays() {
        let all: Vec<u32> = (0..1000).collect();
        for threads in [1, 2, 3, 7] {
            let made = super::map(&all, threads, |one| one * 2);
            assert_eq!(made, all.iter().map(|one| one * 2).collect::<Vec<_>>());
        }
    }
}
