//! A login, from the workstation's first word to the grant.

mod approve;
mod claim;
mod decoy;
mod deny;
mod expire;
mod failures;
mod open;
mod read;
mod repeat;
mod resend;
mod secrets;
mod take;
mod wait;
mod withdraw;

pub use approve::approve;
pub use claim::claim;
pub use deny::deny;
pub use expire::expire_due;
pub use open::{Asked, open};
pub use read::{acknowledge, one, options, pending};
pub use resend::resend;
pub use take::take;
pub use wait::{PendingSeen, wait_for_decision, wait_for_pending};
pub use withdraw::withdraw;
