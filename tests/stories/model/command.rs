//! What can happen.

use super::chance::Chance;

/// What is typed at the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Right,
    Wrong,
    Missing,
}

/// Who signs, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    Honestly,
    /// Bytes that are no signature.
    Badly,
    /// The right passkey, but nobody's finger was on it.
    Unverified,
    /// The right passkey over another challenge.
    OverAnother,
    /// Another passkey under this one's id.
    ByAnother,
}

/// One step. A number names a login by the order of opening.
#[derive(Clone, Copy, Debug)]
pub enum Command {
    OpenPush,
    OpenQr,
    Claim(usize, bool),
    Approve(usize, Code, Signed),
    Deny(usize),
    Withdraw(usize),
    Take(usize),
    Pass(u64),
    Suspend,
    Resume,
}

impl Command {
    /// The next one, where so many logins were opened; it is mostly about the latest.
    pub fn any(chance: &mut Chance, opened: usize, active: bool) -> Self {
        use Command::{
            Approve, Claim, Deny, OpenPush, OpenQr, Pass, Resume, Suspend, Take, Withdraw,
        };
        if opened == 0 {
            return chance.one_of(&[OpenPush, OpenQr]);
        }
        let of = opened - 1 - chance.below(opened.min(3));
        if !active {
            // A suspended phone's token is dead; should one still get so far, it decides nothing.
            let honest = Approve(of, Code::Right, Signed::Honestly);
            let hold = [OpenPush, OpenQr, Claim(of, true), honest, Withdraw(of), Take(of), Pass(9)];
            return chance.one_of(&[&hold[..], &[Resume; 4]].concat());
        }
        match chance.below(20) {
            0..=2 => OpenPush,
            3..=4 => OpenQr,
            5..=6 => Claim(of, true),
            7 => Claim(of, false),
            8..=11 => Approve(of, Code::Right, Signed::Honestly),
            12 => Approve(of, chance.one_of(&[Code::Wrong, Code::Missing]), Signed::Honestly),
            13 => {
                use Signed::{Badly, ByAnother, OverAnother, Unverified};
                let lie = chance.one_of(&[Badly, Unverified, OverAnother, ByAnother]);
                Approve(of, chance.one_of(&[Code::Right, Code::Wrong]), lie)
            }
            14 => Deny(of),
            15 => Withdraw(of),
            16..=17 => Take(of),
            18 => Pass(chance.one_of(&[7, 59, 61, 121])),
            _ => Suspend,
        }
    }
}
