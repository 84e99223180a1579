//! The statements' texts, the same on both databases.

use countersign_protocol::Instant;
use diesel::{
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::QueryResult,
    serialize::ToSql,
    sql_types::{BigInt, HasSqlType, Nullable, Text},
};

use super::term::{Term, Value};
use crate::{
    domain::Order,
    store::types::{Bytes32, Id, Moment, WrittenId, WrittenInstant, at},
};

/// A row's columns. The subquery is asked once a row that is given out.
const ROW: &str = "e.position, e.recorded_at, e.event_id, e.kind, e.outcome, e.tenant, e.technician, e.workstation, \
     e.account, e.sentence, e.body, \
     (SELECT l.hash FROM audit_leaves l WHERE l.msp = e.msp AND l.position = e.position) AS hash";

type RowSql = (
    BigInt,
    Moment,
    Id,
    Text,
    Nullable<Text>,
    Nullable<Id>,
    Nullable<Id>,
    Nullable<Id>,
    Nullable<Text>,
    Text,
    Text,
    Nullable<Bytes32>,
);

/// Rows along the index of one condition, or along the positions.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) msp: WrittenId,
    pub(super) by: Option<Term<'a>>,
    pub(super) order: Order,
    pub(super) from: i64,
    pub(super) limit: usize,
}

/// Rows along several indices at once.
#[derive(Debug)]
pub(super) struct Either<'a> {
    pub(super) walks: Vec<Walk<'a>>,
    pub(super) order: Order,
    pub(super) limit: usize,
}

/// Positions along an index, and the sentences of those that meet the other conditions too.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    pub(super) walk: Walk<'a>,
    pub(super) rest: &'a [Term<'a>],
    pub(super) kinds: &'a [String],
}

/// The rows at these positions.
#[derive(Debug)]
pub(super) struct At<'a> {
    pub(super) msp: WrittenId,
    pub(super) positions: &'a [i64],
    pub(super) first: WrittenInstant,
    pub(super) last: WrittenInstant,
    pub(super) order: Order,
}

impl<'a> At<'a> {
    /// `recorded` are the earliest and the latest recording: by them PostgreSQL finds the partitions.
    pub(super) fn new(
        msp: WrittenId,
        positions: &'a [i64],
        recorded: (Instant, Instant),
        order: Order,
    ) -> Self {
        Self { msp, positions, first: at(recorded.0), last: at(recorded.1), order }
    }
}

fn direction(order: Order) -> &'static str {
    match order {
        Order::Newest => "DESC",
        Order::Oldest => "ASC",
    }
}

macro_rules! statements {
    ($($name:ident => $sql:ty;)+) => {$(
        impl Query for $name<'_> {
            type SqlType = $sql;
        }

        /// Kept by its text.
        impl QueryId for $name<'_> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }

        impl<DB> QueryFragment<DB> for $name<'_>
        where
            DB: Backend + HasSqlType<Id> + HasSqlType<Moment>,
            WrittenId: ToSql<Id, DB>,
            WrittenInstant: ToSql<Moment, DB>,
            i64: ToSql<BigInt, DB>,
            str: ToSql<Text, DB>,
        {
            fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
                self.write(out)
            }
        }
    )+};
}

statements! {
    Walk => RowSql;
    Either => RowSql;
    Scan => (BigInt, Moment, Nullable<Text>);
    At => RowSql;
}

macro_rules! writing {
    ($name:ident, |$self:ident, $out:ident| $body:block) => {
        writing!($name, write, |$self, $out| $body);
    };
    ($name:ident, $write:ident, |$self:ident, $out:ident| $body:block) => {
        impl $name<'_> {
            fn $write<'b, DB>(&'b $self, mut $out: AstPass<'_, 'b, DB>) -> QueryResult<()>
            where
                DB: Backend + HasSqlType<Id> + HasSqlType<Moment>,
                WrittenId: ToSql<Id, DB>,
                WrittenInstant: ToSql<Moment, DB>,
                i64: ToSql<BigInt, DB>,
                str: ToSql<Text, DB>,
            {
                $body
                Ok(())
            }
        }
    };
}

writing!(Term, |self, out| {
    out.push_sql("e.");
    out.push_sql(self.column);
    out.push_sql(" = ");
    match &self.value {
        Value::Id(id) => out.push_bind_param::<Id, _>(id)?,
        Value::Text(text) => out.push_bind_param::<Text, str>(text)?,
    }
});

// The part behind the columns.
writing!(Walk, along, |self, out| {
    out.push_sql(" FROM audit_events e WHERE e.msp = ");
    out.push_bind_param::<Id, _>(&self.msp)?;
    if let Some(term) = &self.by {
        out.push_sql(" AND ");
        term.write(out.reborrow())?;
    }
    out.push_sql(match self.order {
        Order::Newest => " AND e.position <= ",
        Order::Oldest => " AND e.position >= ",
    });
    out.push_bind_param::<BigInt, _>(&self.from)?;
    out.push_sql(" ORDER BY e.position ");
    out.push_sql(direction(self.order));
    out.push_sql(" LIMIT ");
    out.push_sql(&self.limit.to_string());
});

writing!(Walk, |self, out| {
    out.push_sql("SELECT ");
    out.push_sql(ROW);
    self.along(out.reborrow())?;
});

writing!(Either, |self, out| {
    for (number, walk) in self.walks.iter().enumerate() {
        out.push_sql(if number == 0 { "SELECT * FROM (" } else { " UNION ALL SELECT * FROM (" });
        walk.write(out.reborrow())?;
        out.push_sql(") w");
    }
    out.push_sql(" ORDER BY position ");
    out.push_sql(direction(self.order));
    out.push_sql(" LIMIT ");
    out.push_sql(&self.limit.to_string());
});

writing!(Scan, |self, out| {
    out.push_sql("SELECT e.position, e.recorded_at, CASE WHEN TRUE");
    for term in self.rest {
        out.push_sql(" AND ");
        term.write(out.reborrow())?;
    }
    for (number, kind) in self.kinds.iter().enumerate() {
        out.push_sql(if number == 0 { " AND e.kind IN (" } else { ", " });
        out.push_bind_param::<Text, str>(kind)?;
    }
    out.push_sql(if self.kinds.is_empty() { "" } else { ")" });
    out.push_sql(" THEN e.sentence END AS sentence");
    self.walk.along(out.reborrow())?;
});

writing!(At, |self, out| {
    // The positions stand in the text: another each time.
    out.unsafe_to_cache_prepared();
    out.push_sql("SELECT ");
    out.push_sql(ROW);
    out.push_sql(" FROM audit_events e WHERE e.msp = ");
    out.push_bind_param::<Id, _>(&self.msp)?;
    out.push_sql(" AND e.recorded_at >= ");
    out.push_bind_param::<Moment, _>(&self.first)?;
    out.push_sql(" AND e.recorded_at <= ");
    out.push_bind_param::<Moment, _>(&self.last)?;
    out.push_sql(" AND e.position IN (");
    let positions: Vec<String> = self.positions.iter().map(i64::to_string).collect();
    out.push_sql(&positions.join(","));
    out.push_sql(") ORDER BY e.position ");
    out.push_sql(direction(self.order));
});
