//! What can be asked for.

use clap::{Parser, ValueEnum};

/// Measures how many pushes a second each channel sends against vendors on loopback.
#[derive(Parser)]
pub struct Options {
    /// Measure this channel, and those of further such options; all of them by default.
    #[arg(long)]
    pub channel: Vec<Name>,
    /// For how long each channel is measured, after a second to warm up.
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
    /// How many sends go on at once; the service sends as many a channel.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub concurrency: u32,
    /// How many phones each channel has.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub devices: u32,
    /// Print the figures as JSON.
    #[arg(long)]
    pub json: bool,
    /// Be the vendors: print what a sender must know as JSON, and end with the standard input.
    #[arg(long, hide = true)]
    pub vendors: bool,
}

/// A channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// Apple's push service.
    Apns,
    /// Firebase Cloud Messaging.
    Fcm,
    /// Web Push.
    #[value(name = "web_push")]
    WebPush,
}

impl Name {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Apns, Self::Fcm, Self::WebPush];

    /// As the channel calls itself.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apns => "apns",
            Self::Fcm => "fcm",
            Self::WebPush => "web_push",
        }
    }

    /// Sends a second that it should come to on two cores, with the vendor on them too. Web Push makes a key
    /// and agrees on another for each.
    pub fn aim(self) -> f64 {
        match self {
            Self::Apns | Self::Fcm => 5_000.0,
            Self::WebPush => 1_200.0,
        }
    }
}
