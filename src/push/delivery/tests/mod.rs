//! A delivery over days of simulated time, with a vendor that does as it is told.

mod bench;
mod dead_vendor;
mod retries;
