//! The two projections. One is live: it is read. While the other one is being built, whatever is
//! counted is counted in both.
//!
//! Every writer holds the rows of `projections` until its commit, shared with other writers; a
//! change of state waits for them, and they for it. So from the moment a projection is being built,
//! no fact is written to the live one alone.

use super::{Connection, Failure, rows};

/// A projection that is written to.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) name: String,
    /// `live`, or `building` with whatever tells one rebuild from another.
    pub(super) state: String,
}

impl Slot {
    pub(super) fn is_live(&self) -> bool {
        self.state == "live"
    }
}

/// The projections that are written to, held until the end of the transaction.
pub(super) async fn written(connection: &mut Connection) -> Result<Vec<Slot>, Failure> {
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
pub(crate) async fn live(connection: &mut Connection) -> Result<String, Failure> {
    named(connection, "SELECT slot FROM projections WHERE state = 'live'").await
}

/// The other one, with both held alone until the end of the transaction.
pub(super) async fn other(connection: &mut Connection) -> Result<String, Failure> {
    connection.run("SELECT slot FROM projections ORDER BY slot {for_update}", &[]).await?;
    named(connection, "SELECT slot FROM projections WHERE state <> 'live'").await
}

async fn named(connection: &mut Connection, sql: &str) -> Result<String, Failure> {
    let found = connection.run(sql, &[]).await?;
    let row = found.first().ok_or_else(|| rows::missing("projections"))?;
    row.get("slot")
}

/// Changes a state.
pub(super) async fn set(
    connection: &mut Connection,
    slot: &str,
    state: &str,
) -> Result<(), Failure> {
    use super::Arg;
    let sql = "UPDATE projections SET state = $2 WHERE slot = $1";
    connection.run(sql, &[Arg::Text(Some(slot)), Arg::Text(Some(state))]).await?;
    Ok(())
}
