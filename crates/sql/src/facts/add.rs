//! One bulk statement of a projection.

use super::{Batch, Connection, Failure, on};

/// Writes a batch, unless there is nothing to write.
pub(super) async fn add<T>(
    connection: &mut Connection,
    slot: &str,
    sql: &str,
    batch: Batch<'_, T>,
) -> Result<(), Failure> {
    if !batch.is_empty() {
        connection.bulk(&on(slot, sql), batch).await?;
    }
    Ok(())
}
