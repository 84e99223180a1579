//! What follows from an operation's route and shape, filled in where its annotation is silent.

use utoipa::openapi::{
    Content, KnownFormat, ObjectBuilder, PathItem, RefOr, Required, Response, SchemaFormat, Type,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn},
};

use super::{
    Examples,
    problems::{Common, text_header},
    security::{self, ADMIN_TOKEN, Area, DPOP_TOKEN},
};

/// The operations of a path, with their methods.
pub(super) fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

/// The same, to be changed.
pub(super) fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}

/// Fills in one operation.
pub(super) fn fill(path: &str, operation: &mut Operation, examples: &Examples) {
    let area = Area::of(path);
    if operation.tags.as_ref().is_none_or(Vec::is_empty) {
        operation.tags = Some(vec![area.tag().to_owned()]);
    }
    operation.security.get_or_insert_with(|| security::default_for(area));
    describe_path(path, operation);
    tell_versions(operation);
    for common in common_problems(path, operation) {
        common.join(&mut operation.responses.responses);
    }
    for content in contents_mut(operation) {
        examples.fill(content);
    }
}

/// The problems that any request of this kind can meet.
pub(super) fn common_problems(path: &str, operation: &Operation) -> Vec<Common> {
    let mut problems = vec![Common::INTERNAL];
    let body = operation.request_body.is_some();
    let written = |place: &ParameterIn| matches!(place, ParameterIn::Query | ParameterIn::Header);
    if body || parameters(operation).any(|parameter| written(&parameter.parameter_in)) {
        problems.push(Common::INVALID);
    }
    if body {
        problems.push(Common::TOO_LARGE);
    }
    if path.contains('{') {
        problems.push(Common::NOT_FOUND);
    }
    if let Some(challenge) = challenge(operation) {
        problems.push(challenge);
    }
    // An auditor's token opens the audit log alone.
    if Area::of(path) == Area::Admin && !path.starts_with("/admin/v1/audit") {
        problems.push(Common::FORBIDDEN);
    }
    if Area::of(path) != Area::Service {
        problems.extend([Common::TOO_MANY, Common::UNAVAILABLE]);
    }
    problems
}

fn challenge(operation: &Operation) -> Option<Common> {
    let names = serde_json::to_string(operation.security.as_ref()?).ok()?;
    match names.as_str() {
        "[]" => None,
        names if names.contains(ADMIN_TOKEN) => Some(Common::BEARER),
        names if names.contains(DPOP_TOKEN) => Some(Common::DPOP),
        _ => Some(Common::PROOF),
    }
}

/// The operation's own parameters; none of ours is a reference.
pub(super) fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}

/// A variable of a path is the id of the thing it names.
fn describe_path(path: &str, operation: &mut Operation) {
    for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        if parameters(operation).any(|parameter| parameter.name == name) {
            continue;
        }
        let uuid = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .build();
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(format!("The {}'s id.", name.replace('_', " "))))
            .schema(Some(uuid))
            .build();
        operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
    }
}

/// Who takes `If-None-Match` gives `ETag`, and 304 when there is no news.
fn tell_versions(operation: &mut Operation) {
    if !parameters(operation).any(|parameter| parameter.name == "If-None-Match") {
        return;
    }
    let tag = || text_header("ETag", "The version; send it as `If-None-Match`.");
    let responses = &mut operation.responses.responses;
    if let Some(RefOr::T(news)) = responses.get_mut("200") {
        news.headers.extend([tag()]);
    }
    let mut unchanged = Response::new("No news within the wait.");
    unchanged.headers.extend([tag()]);
    responses.entry("304".to_owned()).or_insert(RefOr::T(unchanged));
}

fn contents_mut(operation: &mut Operation) -> impl Iterator<Item = &mut Content> {
    let request = operation.request_body.iter_mut().filter_map(|body| match body {
        RefOr::T(body) => Some(body.content.values_mut()),
        RefOr::Ref(_) => None,
    });
    let responses =
        operation.responses.responses.values_mut().filter_map(|response| match response {
            RefOr::T(response) => Some(response.content.values_mut()),
            RefOr::Ref(_) => None,
        });
    request.flatten().chain(responses.flatten()).filter_map(|content| match content {
        RefOr::T(content) => Some(content),
        RefOr::Ref(_) => None,
    })
}
