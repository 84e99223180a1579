//! The counter that gives a cloned or restored image away. Each assertion shows the counter that the
//! service gave last, and gets the next; the image that was left behind shows an old one.

/// What the service remembers of a workstation's last rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembered<'a> {
    /// The counter that the next assertion shows; negative after an admin's release: the next assertion is
    /// taken whatever it shows, and counting goes on from there.
    pub counter: i64,
    /// The hash of the retry id of the rotation that gave it.
    pub rotation: Option<&'a [u8]>,
}

/// What a shown counter means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// The next step: the counter becomes this.
    Next(i64),
    /// The last step again, whose answer got lost: the counter stays this.
    Repeated(i64),
    /// Stale, or never given: there is another image.
    Stale,
}

impl Remembered<'_> {
    /// Judges the counter and the hashed retry id that an assertion shows.
    #[must_use]
    pub fn judge(self, shown: u64, rotation: &[u8; 32]) -> Judged {
        let Some(next) = i64::try_from(shown).ok().and_then(|shown| shown.checked_add(1)) else {
            return Judged::Stale;
        };
        if self.counter < 0 || next - 1 == self.counter {
            return Judged::Next(next);
        }
        // Only the image that chose the retry id knows it: a copy taken before would choose another.
        if next == self.counter && self.rotation == Some(rotation) {
            return Judged::Repeated(next);
        }
        Judged::Stale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: [u8; 32] = [1; 32];

    fn judge(counter: i64, shown: u64, rotation: [u8; 32]) -> Judged {
        Remembered { counter, rotation: Some(&OURS) }.judge(shown, &rotation)
    }

    #[test]
    fn the_last_counter_given_gets_the_next() {
        assert_eq!(judge(7, 7, [2; 32]), Judged::Next(8));
    }

    #[test]
    fn a_lost_answer_is_given_again_to_the_same_image_only() {
        assert_eq!(judge(7, 6, OURS), Judged::Repeated(7));
        assert_eq!(judge(7, 6, [2; 32]), Judged::Stale);
        assert_eq!(Remembered { counter: 7, rotation: None }.judge(6, &OURS), Judged::Stale);
    }

    #[test]
    fn any_other_counter_is_stale() {
        for shown in [0, 5, 8, u64::MAX] {
            assert_eq!(judge(7, shown, OURS), Judged::Stale, "{shown}");
        }
    }

    #[test]
    fn after_a_release_any_counter_is_taken() {
        assert_eq!(judge(-1, 41, OURS), Judged::Next(42));
        assert_eq!(judge(-1, 0, OURS), Judged::Next(1));
        assert_eq!(judge(-1, u64::MAX, OURS), Judged::Stale);
    }
}
