//! Phones are woken through their vendors, whatever befalls these.

mod budget;
mod cast;
mod ends;
mod faults;
mod nodes;
mod reach;
mod refused_addresses;
mod silence;
mod stops;
mod wakes;
