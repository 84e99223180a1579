//! Events on their way to the audit log.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError,
    conn::on,
    schema::outbox,
    types::{at, id, to_json},
};
use crate::domain::Event;

pub(super) async fn append(conn: &mut Conn, event: &Event) -> Result<(), StoreError> {
    let body = to_json(event)?;
    on!(conn, |c| diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(id(event.id)),
            outbox::msp.eq(id(event.msp)),
            outbox::created_at.eq(at(event.at)),
            outbox::body.eq(&body),
        ))
        .execute(c))?;
    Ok(())
}
