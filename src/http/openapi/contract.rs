//! The assembly of the contract.

use actix_web::App;
use countersign_protocol::Problem;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Info, InfoBuilder, LicenseBuilder, OpenApi, RefOr, Tag, tag::TagBuilder,
    },
};
use utoipa_actix_web::{AppExt, service_config::ServiceConfig};

use super::{Examples, operation, problems::Common, security};

const DESCRIPTION: &str = "\
Technicians sign in to customers' workstations by approving on their phones.

Requests and answers are JSON. Unknown fields of a request are refused; answers may gain fields. Every refusal is a \
problem document (RFC 9457) with a stable `code`. Every answer carries `x-request-id`. Lists are paged by opaque \
cursors. Waiting uses `Prefer: wait=N` (RFC 7240) with `If-None-Match`. An id that is not the caller's to see \
answers 404, as does one that never was.";

/// The contract of these routes.
#[must_use]
pub fn contract(routes: impl FnOnce(&mut ServiceConfig<'_>), examples: &Examples) -> OpenApi {
    let (_, mut contract) = App::new().into_utoipa_app().configure(routes).split_for_parts();
    contract.info = info();
    contract.tags = Some(tags());
    add_components(contract.components.get_or_insert_default());
    for (path, item) in &mut contract.paths.paths {
        for operation in operation::operations_mut(item) {
            operation::fill(path, operation, examples);
        }
    }
    contract
}

/// The contract as YAML: the same text for the same routes, whatever order they were registered in.
///
/// # Errors
/// Never in practice: every part of a contract can be written.
pub fn yaml(contract: &OpenApi) -> Result<String, String> {
    contract.to_yaml().map_err(|error| error.to_string())
}

fn info() -> Info {
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    InfoBuilder::new()
        .title("Countersign")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(license))
        .build()
}

fn tags() -> Vec<Tag> {
    let tag = |(_, name, what): &(_, &str, &str)| {
        TagBuilder::new().name(*name).description(Some(*what)).build()
    };
    security::Area::ALL.iter().map(tag).collect()
}

fn add_components(components: &mut Components) {
    security::add_schemes(components);
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    for common in Common::ALL {
        components.responses.insert(common.component.to_owned(), RefOr::T(common.response()));
    }
}
