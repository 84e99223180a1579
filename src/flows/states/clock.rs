//! How far workstations' clocks are off.

use countersign_protocol::offline::skew::{ClockHealth, Offset};

use crate::{
    domain::{Entity, Event, Fact, Failure},
    flows::Moment,
    store::{
        Tx,
        states::{self, Place},
        workstations,
    },
};

/// True if the offset is news: the clock goes out of what codes bear, or is right again.
pub(super) fn is_news(place: &Place, offset: Offset) -> bool {
    let right = |offset: Offset| offset.health() == ClockHealth::Fine;
    right(offset) != place.clock.is_none_or(right)
}

/// Keeps what a workstation has measured; the event, if it is news.
pub(in crate::flows) async fn measured(
    tx: &mut Tx,
    step: &Moment,
    place: &Place,
    offset: Option<Offset>,
) -> Result<Option<Event>, Failure> {
    let Some(offset) = offset else { return Ok(None) };
    states::measured(tx, place.workstation, offset, step.now()).await?;
    if !is_news(place, offset) {
        return Ok(None);
    }
    let version = workstations::raise_version(tx, place.workstation).await?;
    let Some(version) = version else { return Ok(None) };
    let (host, offset_ms) = (&place.host_name, offset.millis);
    let (sentence, fact) = if offset.health() == ClockHealth::Fine {
        (format!("the clock of {host} is right again"), Fact::ClockRight { offset_ms })
    } else {
        (format!("the clock of {host} is off by {offset_ms} ms"), Fact::ClockSkewed { offset_ms })
    };
    Ok(Some(step.event(Entity::Workstation(place.workstation), version, sentence, fact)))
}
