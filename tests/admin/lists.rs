use countersign::{domain::ListFrom, flows::admin::technicians};

use crate::{on_both, setup::Setup, technicians::technician};

on_both!(a_list_is_read_in_parts_without_gaps);

async fn a_list_is_read_in_parts_without_gaps(setup: &Setup) {
    let caller = setup.msp().await;
    let mut made = vec![];
    for user in ["ada", "ben", "cid", "dot", "eve"] {
        made.push(technician(setup, caller, user).await);
    }
    made.sort_by_key(|technician| technician.id);
    let (mut seen, mut after, mut sizes) = (vec![], None, vec![]);
    loop {
        let from = ListFrom { after, limit: 2 };
        let part = technicians::list(&setup.ctx, caller, from).await.unwrap();
        sizes.push(part.items.len());
        seen.extend(part.items);
        after = part.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(seen, made);
}
