//! The events of orders in the log: one row for the first event of each status. Rows are only
//! added, so redelivery changes nothing, and the first instance that reads an event sets its time.

use std::collections::BTreeMap;

use domain::{ids::OrderId, ports::Hop, status::Status};

use super::{Arg, Batch, Connection, Failure, Row, failure::corrupt, rows};

const INSERT: &str = "INSERT INTO order_travel (order_id, rank, topic, kafka_partition, \
        kafka_offset, produced_us, seen_us)
    SELECT r.order_id, r.rank, r.topic, r.kafka_partition, r.kafka_offset, r.produced_us, r.seen_us
    FROM {rows} WHERE true ON CONFLICT (order_id, rank) DO NOTHING";

/// Stores the first hop of each order and status, sorted by key like all batches.
pub(super) async fn record_hops(connection: &mut Connection, hops: &[Hop]) -> Result<(), Failure> {
    if hops.is_empty() {
        return Ok(());
    }
    let mut firsts = BTreeMap::new();
    for hop in hops {
        firsts.entry((hop.order_id, hop.status)).or_insert(hop);
    }
    let firsts: Vec<_> = firsts.into_values().collect();
    let batch = Batch::of(&firsts)
        .text("order_id", |hop| hop.order_id.to_string())
        .number("rank", |hop| hop.status.rank())
        .text("topic", |hop| hop.topic.clone())
        .number("kafka_partition", |hop| i64::from(hop.partition))
        .number("kafka_offset", |hop| hop.offset)
        .number("produced_us", |hop| rows::micros(hop.produced_at))
        .number("seen_us", |hop| rows::micros(hop.seen_at));
    connection.bulk(INSERT, batch).await?;
    Ok(())
}

/// The hops of an order, by rank.
pub(super) async fn read_hops(
    connection: &mut Connection,
    order: OrderId,
) -> Result<Vec<Hop>, Failure> {
    let sql = "SELECT * FROM order_travel WHERE order_id = $1 ORDER BY rank";
    let found = connection.run(sql, &[Arg::Text(Some(&order.to_string()))]).await?;
    found.iter().map(|row| decode_hop(row, order)).collect()
}

fn decode_hop(row: &Row, order_id: OrderId) -> Result<Hop, Failure> {
    let (rank, partition): (i64, i64) = (row.get("rank")?, row.get("kafka_partition")?);
    let status = Status::ALL.iter().copied().find(|status| status.rank() == rank);
    Ok(Hop {
        order_id,
        status: status.ok_or_else(|| corrupt(format!("{rank} is no rank of a status")))?,
        topic: row.get("topic")?,
        partition: i32::try_from(partition).map_err(corrupt)?,
        offset: row.get("kafka_offset")?,
        produced_at: rows::timestamp(row.get("produced_us")?)?,
        seen_at: rows::timestamp(row.get("seen_us")?)?,
    })
}
