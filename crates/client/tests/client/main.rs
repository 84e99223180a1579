//! The client against services that lie, lose answers and go away.

#![allow(clippy::expect_used)] // a test double that fails has nothing else to do

mod lying_service;
mod support;
mod tokens;
mod waiting;
mod workstation;
