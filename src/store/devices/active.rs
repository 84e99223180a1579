//! A condition that updates of devices share.

/// The device of this id, while it and its owner are active.
macro_rules! active {
    ($msp:expr, $device:expr) => {
        devices::table
            .filter(devices::msp.eq(id($msp)))
            .filter(devices::id.eq(id($device)))
            .filter(devices::status.eq(word(Status::Active)))
            .filter(exists(
                technicians::table
                    .filter(technicians::id.eq(devices::technician))
                    .filter(technicians::status.eq(word(Status::Active))),
            ))
    };
}
pub(super) use active;
