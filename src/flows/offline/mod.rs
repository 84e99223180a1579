//! Offline codes: who holds which secret, what each workstation accepts, and what becomes of both when somebody
//! leaves.

mod blast_radius;
mod holdings;
mod leaving;
mod lost;
mod mode;
mod outlived;
mod own;
mod recovery;
mod rotate;
mod rules;
mod sealing;
mod secrets;
mod shown;
mod upload;

pub use blast_radius::blast_radius;
pub use holdings::holdings;
pub use leaving::{Leaver, Left, come_back, leave};
pub use lost::{lost_phone, stolen_workstation};
pub use mode::OfflineMode;
pub use recovery::{
    agree_to_recovery, ask_for_recovery, list_recoveries, read_recovery, used::recovery_used,
};
pub use rotate::{Rotated, rotate_secrets};
pub use shown::report_shown;
pub use upload::upload;

pub(super) use recovery::{check_of_code, ensure_code};
pub(super) use rules::sealed_rules;
pub(super) use secrets::{Opens, ensure, replace_all};
pub(super) use upload::stays;
