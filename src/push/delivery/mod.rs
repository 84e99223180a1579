//! What stands between a committed login and its phones: a bounded queue, retries within the login's life, a
//! circuit a channel, and the record of what became of each notice.

mod address_book;
mod alert;
mod allowance;
mod circuit;
mod desk;
mod dispatch;
mod fate;
mod lane;
mod order;
mod pushes;
mod sql_book;
#[cfg(test)]
mod tests;

pub use address_book::{AddressBook, Judged};
pub use dispatch::{Delivery, DeliveryParts};
pub use pushes::{NoPushes, Pushes, Seen};
pub use sql_book::SqlBook;
