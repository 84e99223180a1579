//! `countersign openapi`.

use countersign::{app::StartError, http};

pub fn print() -> Result<(), StartError> {
    print!("{}", http::contract_yaml().map_err(StartError)?);
    Ok(())
}
