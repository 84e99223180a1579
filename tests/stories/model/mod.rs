//! Random commands, through the flows and through a plain model of what they should do.

mod belief;
mod chance;
mod command;
mod rounds;
mod world;
