//! `countersign migrate`.

use countersign::{
    app::{self, StartError},
    config::{DatabaseUrl, Settings},
};

pub async fn migrate(settings: &Settings) -> Result<(), StartError> {
    settings.validate().map_err(|error| StartError(error.to_string()))?;
    let database = settings.store.owner_database(&settings.data);
    if let DatabaseUrl::Sqlite(_) = database {
        app::prepare_data_folder(&settings.data.folder)?;
    }
    let ran = app::migrate(settings).await?;
    println!("{ran} migrations ran; the database has the newest schema.");
    if let DatabaseUrl::Postgres(_) = database {
        println!(
            "The service logs in as a role of its own, a member of the three that stand behind the walls:\n  CREATE ROLE \
             countersign_service LOGIN PASSWORD '...' IN ROLE countersign_app, countersign_worker, countersign_retention;"
        );
    }
    Ok(())
}
