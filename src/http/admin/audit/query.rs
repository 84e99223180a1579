//! What is asked of the log, as it stands in the URL.

use std::{
    collections::BTreeMap,
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use countersign_protocol::{Instant, ProblemCode, TechnicianId, TenantId, WorkstationId};

use crate::{
    audit::Format,
    domain::{AuditFilter, Order, Refusal},
    flows::audit::PageAsked,
    http::HttpFailure,
};

const MAX_LIMIT: u16 = 200;
const DEFAULT_LIMIT: u16 = 50;

/// Which page of which events.
pub struct PageOf(pub PageAsked);

/// Which events, in which form.
pub struct ExportOf {
    /// The events.
    pub filter: AuditFilter,
    /// The form.
    pub format: Format,
}

/// Which events are followed, and from where.
pub struct TailOf {
    /// The events.
    pub filter: AuditFilter,
    /// The first position to be told.
    pub from: Option<u64>,
}

/// A leaf's position and a tree's size.
pub struct InclusionOf(pub u64, pub u64);

/// An older and a newer tree's size.
pub struct ConsistencyOf(pub u64, pub u64);

/// The parameters of a query, each taken once.
struct Parameters(BTreeMap<String, String>);

impl Parameters {
    fn of(query: &str) -> Result<Self, Refusal> {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(query);
        let pairs = pairs.map_err(|error| invalid(error.to_string()))?.into_inner();
        let mut parameters = BTreeMap::new();
        for (name, value) in pairs {
            if let Some(other) = parameters.insert(name, value) {
                return Err(invalid(format!("a parameter stands there twice: {other}")));
            }
        }
        Ok(Self(parameters))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    fn read<T: FromStr>(&mut self, name: &str, form: &str) -> Result<Option<T>, Refusal> {
        let read = self.take(name).map(|text| text.parse());
        read.transpose().map_err(|_| invalid(format!("{name}: {form}")))
    }

    fn needed<T: FromStr>(&mut self, name: &str, form: &str) -> Result<T, Refusal> {
        self.read(name, form)?.ok_or_else(|| invalid(format!("{name}: {form}")))
    }

    fn filter(&mut self) -> Result<AuditFilter, Refusal> {
        let kinds = self.take("kind").map(|kinds| kinds.split(',').map(str::to_owned).collect());
        let filter = AuditFilter {
            tenant: self.read::<TenantId>("tenant", "an id")?,
            technician: self.read::<TechnicianId>("technician", "an id")?,
            workstation: self.read::<WorkstationId>("workstation", "an id")?,
            account: self.take("account"),
            kinds: kinds.unwrap_or_default(),
            outcome: self.take("outcome"),
            recorded_after: self.read::<Instant>("recorded_after", "an RFC 3339 date and time")?,
            recorded_before: self
                .read::<Instant>("recorded_before", "an RFC 3339 date and time")?,
            text: self.take("q"),
        };
        filter.checked()
    }

    /// Nothing else stands there.
    fn end(self) -> Result<(), Refusal> {
        match self.0.into_keys().next() {
            Some(name) => Err(invalid(format!("unknown parameter {name}"))),
            None => Ok(()),
        }
    }
}

fn invalid(detail: impl Into<String>) -> Refusal {
    Refusal::because(ProblemCode::InvalidRequest, detail)
}

fn page(query: &str) -> Result<PageAsked, Refusal> {
    let mut parameters = Parameters::of(query)?;
    let limit = format!("1 to {MAX_LIMIT}");
    let asked = PageAsked {
        filter: parameters.filter()?,
        order: match parameters.take("order").as_deref() {
            None | Some("newest") => Order::Newest,
            Some("oldest") => Order::Oldest,
            Some(_) => return Err(invalid("order: newest or oldest")),
        },
        limit: parameters.read("limit", &limit)?.unwrap_or(DEFAULT_LIMIT),
        after: parameters.take("after"),
    };
    if !(1..=MAX_LIMIT).contains(&asked.limit) {
        return Err(invalid(format!("limit: {limit}")));
    }
    parameters.end()?;
    Ok(asked)
}

fn export(query: &str) -> Result<ExportOf, Refusal> {
    let mut parameters = Parameters::of(query)?;
    let filter = parameters.filter()?;
    let word = parameters.take("format").unwrap_or_else(|| Format::Ndjson.word().to_owned());
    let format = Format::of(&word).ok_or_else(|| invalid("format: ndjson, csv, ocsf or cef"))?;
    parameters.end()?;
    Ok(ExportOf { filter, format })
}

fn tail(query: &str, last: Option<&str>) -> Result<TailOf, Refusal> {
    let mut parameters = Parameters::of(query)?;
    let filter = parameters.filter()?;
    if filter.recorded_after.is_some() || filter.recorded_before.is_some() {
        return Err(invalid(
            "recorded_after, recorded_before: what is followed is recorded from now on",
        ));
    }
    let from = parameters.read("from", "a position")?;
    parameters.end()?;
    let last: Option<u64> = last.map(str::parse).transpose().map_err(|_| no_position())?;
    // Whoever comes back asks for the same URL: what was heard since comes first.
    let behind = last.map(|last| last.checked_add(1).ok_or_else(no_position)).transpose()?;
    Ok(TailOf { filter, from: behind.or(from) })
}

macro_rules! from_request {
    ($($name:ty: |$request:ident| $parse:expr;)+) => {$(
        impl FromRequest for $name {
            type Error = HttpFailure;
            type Future = Ready<Result<Self, HttpFailure>>;

            fn from_request($request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let parsed: Result<Self, Refusal> = $parse;
                ready(parsed.map_err(HttpFailure::from))
            }
        }
    )+};
}

from_request! {
    PageOf: |request| page(request.query_string()).map(PageOf);
    ExportOf: |request| export(request.query_string());
    TailOf: |request| {
        let last = request.headers().get("last-event-id");
        match last.map(|last| last.to_str()).transpose() {
            Ok(last) => tail(request.query_string(), last),
            Err(_) => Err(no_position()),
        }
    };
    InclusionOf: |request| {
        numbers(request.query_string(), ["position", "size"]).map(|[position, size]| Self(position, size))
    };
    ConsistencyOf: |request| {
        numbers(request.query_string(), ["old", "new"]).map(|[old, new]| Self(old, new))
    };
}

fn no_position() -> Refusal {
    invalid("Last-Event-ID: a position")
}

fn numbers(query: &str, names: [&str; 2]) -> Result<[u64; 2], Refusal> {
    let mut parameters = Parameters::of(query)?;
    // Positions and sizes are signed where they are stored.
    let mut number = |name| match parameters.needed::<u64>(name, "a number") {
        Ok(number) if i64::try_from(number).is_err() => Err(invalid(format!("{name}: below 2^63"))),
        number => number,
    };
    let [one, two] = names;
    let (one, two) = (number(one)?, number(two)?);
    parameters.end()?;
    Ok([one, two])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_the_contract_is_refused() {
        for query in [
            "limit=0",
            "limit=201",
            "limit=99999999999",
            "limit=x",
            "order=up",
            "offset=5",
            "limit=5&limit=6",
            "tenant=7",
            "recorded_after=yesterday",
            "kind=",
            "kind=Login",
            "q=",
            "account=%00",
            "kind=a&kind=b",
        ] {
            assert!(page(query).is_err(), "{query}");
        }
        for query in ["format=xml", "limit=5", "format=", "order=oldest"] {
            assert!(export(query).is_err(), "{query}");
        }
        for (query, last) in
            [("recorded_after=2026-11-22T09:41:00Z", None), ("", Some("x")), ("", Some("-1"))]
        {
            assert!(tail(query, last).is_err(), "{query} {last:?}");
        }
        for query in [
            "",
            "position=1",
            "size=1&position=-1",
            "position=1&size=9223372036854775808",
            "position=0&size=1&x=1",
        ] {
            assert!(numbers(query, ["position", "size"]).is_err(), "{query}");
        }
    }

    #[test]
    fn conditions_are_read_from_the_query() {
        let query = "kind=login_denied,login_approved&outcome=fraud&q=Bakery%20Lane&order=oldest&limit=7\
                     &recorded_after=2026-11-22T09:41:00.000Z&after=x";
        let asked = page(query).ok();
        let asked = asked.unwrap_or_default();
        assert_eq!(asked.filter.kinds, ["login_approved", "login_denied"]);
        assert_eq!(asked.filter.outcome.as_deref(), Some("fraud"));
        assert_eq!(asked.filter.text.as_deref(), Some("bakery lane"));
        assert_eq!(asked.filter.recorded_after, Some(Instant::from_unix_millis(1_795_340_460_000)));
        assert_eq!(
            (asked.order, asked.limit, asked.after.as_deref()),
            (Order::Oldest, 7, Some("x"))
        );
    }
}
