//! A delivery over days of simulated time, with a vendor that does as it is told.

mod bench;
mod budgets;
mod dead_vendor;
mod ends;
mod retries;
mod stops;
mod world;
