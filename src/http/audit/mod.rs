//! `/audit/{msp}`: an msp's log in the layout of C2SP tlog-tiles.
//!
//! Checkpoint, tiles and keys are for everyone: whoever keeps a checkpoint can hold the log to it without asking for
//! permission. They tell how many events there are, when there were more, and hashes of texts that nobody can guess
//! (each has ids and instants of its own): nothing of what happened. What happened stands in the entry bundles, which
//! need a token.

mod bundles;
mod files;
mod visitor;

use countersign_protocol::{
    audit::LogKey,
    wire::audit::{LogKeys, LogOrigin},
};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::openapi::Examples;

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(files::read_checkpoint)
        .service(files::read_log_keys)
        // Before the tiles of hashes, whose level may be any word.
        .service(bundles::read_entry_bundle)
        .service(files::read_hash_tile);
}

/// The examples of these routes' bodies.
pub fn examples(examples: &mut Examples) {
    let msp = Uuid::from_u128(0x01a2_02a1_5fe0_7000_8000_0000_0000_0001).into();
    let name = format!("sign.example.com/audit/{msp}");
    let Ok(vkey) = LogKey::new(&name, [0x5a; 32]) else { return };
    examples.body(&LogKeys {
        msp,
        origins: vec![LogOrigin { generation: 1, name, vkey, from_size: 0 }],
    });
}
