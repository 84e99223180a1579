//! Whether the contract tells everything.

use std::collections::BTreeMap;

use utoipa::openapi::{Components, Content, OpenApi, RefOr, path::Operation};

use super::{
    examples::resolve,
    operation::{common_problems, operations},
};

/// What is missing, a sentence each; empty for a contract that is complete: each operation has an id of its
/// own, a summary, a tag, security (if only "none"), a success, an example of each JSON body, and the problems that any such
/// request can meet.
#[must_use]
pub fn incomplete(contract: &OpenApi) -> Vec<String> {
    let none = Components::default();
    let components = contract.components.as_ref().unwrap_or(&none);
    let mut missing = Vec::new();
    let mut ids = BTreeMap::<&str, String>::new();
    for (path, item) in &contract.paths.paths {
        for (method, operation) in operations(item) {
            let place = format!("{method} {path}");
            let gaps = gaps(path, operation, components);
            missing.extend(gaps.into_iter().map(|gap| format!("{place}: {gap}")));
            let id = operation.operation_id.as_deref().unwrap_or_default();
            if let Some(other) = ids.insert(id, place.clone()).filter(|_| !id.is_empty()) {
                missing.push(format!("{place}: operationId {id} is also that of {other}"));
            }
        }
    }
    missing
}

fn gaps(path: &str, operation: &Operation, components: &Components) -> Vec<String> {
    let said = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    let responses = &operation.responses.responses;
    let mut gaps = Vec::new();
    let mut need = |there: bool, what: &str| {
        if !there {
            gaps.push(what.to_owned());
        }
    };
    need(said(&operation.operation_id), "no operationId");
    need(said(&operation.summary), "no summary");
    need(operation.tags.as_ref().is_some_and(|tags| !tags.is_empty()), "no tag");
    need(operation.security.is_some(), "no security");
    need(responses.keys().any(|status| status.starts_with('2')), "no success");
    for common in common_problems(path, operation) {
        let status = common.status();
        need(responses.contains_key(&status), &format!("no {status}"));
    }
    if let Some(RefOr::T(body)) = &operation.request_body {
        let bodies = body.content.iter();
        need(bodies.clone().next().is_some(), "the request's body is empty");
        need(bodies.into_iter().all(has_example), "no example of the request's body");
    }
    for (status, response) in responses {
        let response = resolve(response, components);
        need(response.is_some(), &format!("{status} is nowhere described"));
        let Some(response) = response else { continue };
        need(!response.description.is_empty(), &format!("{status} has no description"));
        need(
            response.content.iter().all(has_example),
            &format!("no example of the body of {status}"),
        );
    }
    gaps
}

fn has_example((media_type, content): (&String, &RefOr<Content>)) -> bool {
    match content {
        RefOr::T(content) => {
            !media_type.contains("json")
                || content.example.is_some()
                || !content.examples.is_empty()
        }
        RefOr::Ref(_) => false,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
