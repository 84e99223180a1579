//! Whether PostgreSQL's row-level security binds the role that logged in.

use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;

use super::{Conn, StoreError, conn::Arm};

#[derive(diesel::QueryableByName)]
struct Climbed {
    #[diesel(sql_type = Bool)]
    climbs: bool,
}

/// True if the session's own role could see past the walls. Asked of PostgreSQL only.
pub(super) async fn can_be_climbed(conn: &mut Conn) -> Result<bool, StoreError> {
    let query = diesel::sql_query(
        "SELECT rolsuper OR rolbypassrls
            OR EXISTS (SELECT FROM pg_class WHERE oid = 'logins'::regclass AND pg_has_role(session_user, relowner, 'MEMBER'))
            AS climbs FROM pg_roles WHERE rolname = session_user",
    );
    match conn.arm()? {
        Arm::Pg(mut shared) => {
            let found: Climbed = query.get_result(&mut shared).await?;
            Ok(found.climbs)
        }
        Arm::Sqlite(_) => Ok(false),
    }
}
