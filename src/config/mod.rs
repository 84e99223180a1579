//! Settings: one struct a concern, each with its own `validate`.
//!
//! `config/default.toml` (built in) < the file named by `--config` < `COUNTERSIGN__SECTION__KEY` in
//! the environment. A key that no struct knows is refused; values that are each sound but unsafe
//! together are refused too, all at once, each with what to change.

mod audit;
mod cluster;
mod data_folder;
mod database_url;
mod from_text;
mod keys;
mod load;
mod log;
mod login;
mod password;
mod push;
mod redis;
mod refusal;
mod relying_party;
mod secret_url;
mod server;
mod settings;
mod store;
mod tokens;
mod wait;

pub use audit::{Audit, Calls, Ship};
pub use cluster::Cluster;
pub use data_folder::DataFolder;
pub use database_url::DatabaseUrl;
pub use keys::Keys;
pub use load::LoadError;
pub use log::{Log, LogFormat};
pub use login::Login;
pub use password::Password;
pub use push::{Apns, Fcm, Push, WebPush};
pub use redis::Redis;
pub use refusal::{Refused, Unsafe};
pub use relying_party::RelyingParty;
pub use secret_url::SecretUrl;
pub use server::{ForwardingHeader, Server};
pub use settings::Settings;
pub use store::Store;
pub use tokens::Tokens;
pub use wait::Wait;
