//! The two projections. One is live: it is read. While the other one is built, new facts are
//! written to both.
//!
//! Every writer holds a shared lock on the rows of `projections` until its commit; a change of
//! state waits for the writers, and they for it. So from the moment a rebuild starts, no fact is
//! written to the live projection only.

use super::{Connection, Failure, rows};

/// A projection that is written to.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) name: String,
    /// `live`, or `building` with the id of the rebuild.
    pub(super) state: String,
}

impl Slot {
    pub(super) fn is_live(&self) -> bool {
        self.state == "live"
    }
}

/// The projections that are written to, with a shared lock until the end of the transaction.
pub(super) async fn written_slots(connection: &mut Connection) -> Result<Vec<Slot>, Failure> {
    let sql = "SELECT slot, state FROM projections ORDER BY slot {for_share}";
    let mut slots = Vec::new();
    for row in connection.run(sql, &[]).await? {
        let state: String = row.get("state")?;
        if state != "idle" {
            slots.push(Slot { name: row.get("slot")?, state });
        }
    }
    Ok(slots)
}

/// The projection that is read.
pub(crate) async fn live_slot(connection: &mut Connection) -> Result<String, Failure> {
    slot_name(connection, "SELECT slot FROM projections WHERE state = 'live'").await
}

/// The projection that is not live, with an exclusive lock on both until the end of the
/// transaction.
pub(super) async fn idle_slot(connection: &mut Connection) -> Result<String, Failure> {
    connection.run("SELECT slot FROM projections ORDER BY slot {for_update}", &[]).await?;
    slot_name(connection, "SELECT slot FROM projections WHERE state <> 'live'").await
}

async fn slot_name(connection: &mut Connection, sql: &str) -> Result<String, Failure> {
    let found = connection.run(sql, &[]).await?;
    let row = found.first().ok_or_else(|| rows::missing("projections"))?;
    row.get("slot")
}

/// Sets the state of a projection.
pub(super) async fn set_state(
    connection: &mut Connection,
    slot: &str,
    state: &str,
) -> Result<(), Failure> {
    use super::Arg;
    let sql = "UPDATE projections SET state = $2 WHERE slot = $1";
    connection.run(sql, &[Arg::Text(Some(slot)), Arg::Text(Some(state))]).await?;
    Ok(())
}
