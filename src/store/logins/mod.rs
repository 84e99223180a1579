//! Logins: opening, reading, deciding, taking, ending.

mod account;
mod active;
mod decide;
mod end;
mod open;
mod phone;
mod standing;
mod take;
mod view;

pub use decide::{Approval, Claimed, approve, claim, count_wrong_claim, deny};
pub use end::{Due, EndedLogin, Whose, due, end_open, end_pending, expire};
pub use open::{
    NamedTechnician, NewLogin, NewPush, OpenedBefore, WhereOpened, insert, opened_before,
    supersede, supersede_others, technician_by_name, where_opened,
};
pub use phone::{LoginForPhone, claimable, for_phone, own_devices, pending_of};
pub use standing::Standing;
pub use take::{Takeable, mark_granted, takeable};
pub use view::{LoginRow, behind, view};
