//! What a login rests on, as a condition of the UPDATEs that decide.

/// True if the workstation, the technician and the phone of `$who` (a condition on `devices` and `technicians`)
/// are active, the technician works for the login's tenant, and, for a push, the workstation's push logins are not
/// frozen. A condition and not a look beforehand: a suspension may commit between the two.
macro_rules! all_active {
    ($who:expr) => {
        diesel::dsl::exists(
            devices::table
                .inner_join(technicians::table.on(technicians::id.eq(devices::technician)))
                .inner_join(delegations::table.on(delegations::technician.eq(technicians::id)))
                .filter($who)
                .filter(devices::status.eq(word(Status::Active)))
                .filter(technicians::status.eq(word(Status::Active)))
                .filter(delegations::tenant.eq(logins::tenant))
                .filter(delegations::active.eq(true)),
        )
        .and(diesel::dsl::exists(
            workstations::table
                .filter(workstations::id.eq(logins::workstation))
                .filter(workstations::status.eq(word(Status::Active)))
                .filter(
                    workstations::push_frozen_at.is_null().or(logins::entry.eq(word(Entry::Qr))),
                ),
        ))
    };
}
pub(super) use all_active;
