//! `--keep`: how to go on by hand.

use crate::{Cast, House};

/// Prints the commands.
pub fn how_to_go_on(house: &House, cast: &Cast) {
    let url = house.url.as_str().trim_end_matches('/');
    let (token, folder) = (&house.token, house.folder().display());
    let (tenant, nik, ada) = (cast.tenant.id, cast.nik.id, cast.ada.id);
    let desk = cast.desk.workstation.id();
    let [apple, google] = house.vendors.urls();
    println!(
        r#"
It runs until ctrl-c, then the folder is removed.

  service   {url}
  msp       {msp} (Acme IT)
  database  {folder}/countersign.sqlite
  Apple     {apple} (on loopback; its key and root are in {folder})
  Google    {google} (the same)

To go on by hand:

  TOKEN={token}

  # what this service takes, and whether all is well, its push channels too
  curl {url}/.well-known/countersign
  curl {url}/readyz

  # who is there
  curl -H "Authorization: Bearer $TOKEN" {url}/admin/v1/tenants
  curl -H "Authorization: Bearer $TOKEN" {url}/admin/v1/technicians
  curl -H "Authorization: Bearer $TOKEN" {url}/admin/v1/tenants/{tenant}/workstations
  curl -H "Authorization: Bearer $TOKEN" {url}/admin/v1/technicians/{ada}/devices

  # who was where, what changed for the workstations, and what Nik's phone can still open
  curl -H "Authorization: Bearer $TOKEN" {url}/admin/v1/sessions
  curl -H "Authorization: Bearer $TOKEN" {url}/admin/v1/tenants/{tenant}/state-changes
  curl -H "Authorization: Bearer $TOKEN" {url}/admin/v1/technicians/{nik}/blast-radius

  # let Ada back in, and hold the workstation back
  curl -X POST -H "Authorization: Bearer $TOKEN" {url}/admin/v1/technicians/{ada}/resume
  curl -X POST -H "Authorization: Bearer $TOKEN" {url}/admin/v1/workstations/{desk}/suspend

  # a ticket for another phone, and a token for five more workstations
  curl -X POST -H "Authorization: Bearer $TOKEN" {url}/admin/v1/technicians/{ada}/tickets
  curl -X POST -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
    -d '{{"uses":5,"expires_in":3600,"auto_confirm":true}}' \
    {url}/admin/v1/tenants/{tenant}/enrolment-tokens

  # the record, newest first, and the head of its tree, signed
  curl -H "Authorization: Bearer $TOKEN" "{url}/admin/v1/audit?limit=20"
  curl {url}/audit/{msp}/checkpoint
"#,
        msp = house.msp,
    );
}
