//! Writes one batch into a projection.

use super::{Batch, Connection, Failure, for_slot};

/// Writes a batch, unless it is empty.
pub(super) async fn write_batch<T>(
    connection: &mut Connection,
    slot: &str,
    sql: &str,
    batch: Batch<'_, T>,
) -> Result<(), Failure> {
    if !batch.is_empty() {
        connection.bulk(&for_slot(slot, sql), batch).await?;
    }
    Ok(())
}
