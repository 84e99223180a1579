//! Examples of bodies, made from the wire types themselves: an example can't show what the type does not.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::{Components, Content, RefOr, Response},
};

use countersign_protocol::wire::Page;

/// One example a schema, by the schema's name in the contract.
#[derive(Clone, Debug, Default)]
pub struct Examples(BTreeMap<String, Value>);

impl Examples {
    /// Takes the example of a body.
    pub fn body<T: ToSchema + Serialize>(&mut self, value: &T) {
        self.add(T::name().into_owned(), value);
    }

    /// Takes the example of a list: one page with this item and a cursor.
    pub fn page<T: ToSchema + Serialize + Clone>(&mut self, item: &T) {
        let next = Some("AYkKXayWd0u8zrMCCZqAVw".to_owned());
        // utoipa names a generic schema after its argument.
        self.add(format!("Page_{}", T::name()), &Page { items: vec![item.clone()], next });
    }

    fn add<T: Serialize>(&mut self, name: String, value: &T) {
        if let Ok(value) = serde_json::to_value(value) {
            self.0.insert(name, value);
        }
    }

    /// Fills in the example of a content that has none.
    pub(super) fn fill(&self, content: &mut Content) {
        let told = content.example.is_some() || !content.examples.is_empty();
        let name = schema_name(content).map(str::to_owned);
        if let (false, Some(example)) = (told, name.and_then(|name| self.0.get(&name))) {
            content.example = Some(example.clone());
        }
    }
}

/// The name of the component that a content's schema refers to.
pub(super) fn schema_name(content: &Content) -> Option<&str> {
    match content.schema.as_ref()? {
        RefOr::Ref(reference) => reference.ref_location.strip_prefix("#/components/schemas/"),
        RefOr::T(_) => None,
    }
}

/// The response itself, also where it stands among the components.
pub(super) fn resolve<'a>(
    response: &'a RefOr<Response>,
    components: &'a Components,
) -> Option<&'a Response> {
    match response {
        RefOr::T(response) => Some(response),
        RefOr::Ref(reference) => {
            let name = reference.ref_location.strip_prefix("#/components/responses/")?;
            match components.responses.get(name)? {
                RefOr::T(response) => Some(response),
                RefOr::Ref(_) => None,
            }
        }
    }
}
