//! Phones are woken through their vendors, whatever befalls these.

mod cast;
mod wakes;
