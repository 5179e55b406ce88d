//! Request handlers, one file per API key.

mod alter_configs;
mod api_versions;
mod create_partitions;
mod create_topics;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod fetch;
mod find_coordinator;
mod heartbeat;
mod incremental_alter_configs;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_groups;
mod list_offsets;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod shape;
mod sync_group;
pub(crate) mod versions;

use std::{io, net::SocketAddr, pin::Pin, sync::Arc};

use bytes::{Bytes, BytesMut};
use kafka_protocol::{
    ResponseError,
    messages::{ApiKey, ApiVersionsRequest, ProduceRequest, RequestHeader, ResponseHeader},
    protocol::{Decodable, Encodable, HeaderVersion, StrBytes},
};

use crate::{broker::Broker, memory::MemoryLease};

/// A complete request.
pub(crate) struct Frame {
    /// API key.
    pub(crate) key: i16,
    /// API version.
    pub(crate) version: i16,
    /// Number repeated by the response.
    pub(crate) correlation_id: i32,
    /// The request, starting at its API key.
    pub(crate) body: Bytes,
    /// Memory accounted for the request, released on drop.
    pub(crate) memory: Option<MemoryLease>,
}

/// Resolves to the response frame, or to `None` if the client expects no response.
pub(crate) type PendingResponse<'a> =
    Pin<Box<dyn Future<Output = io::Result<Option<BytesMut>>> + Send + 'a>>;

/// Why a request is refused: an error code, and a message for people.
type ApiError = (ResponseError, String);

/// The client of a connection.
pub(crate) struct Client {
    /// Address of this log as seen by the client; metadata responses advertise it.
    pub(crate) local: SocketAddr,
    /// IP address of the client.
    pub(crate) host: String,
}

/// Context of a request.
pub(crate) struct Context<'a> {
    /// The broker.
    pub(crate) broker: &'a Broker,
    /// The client.
    pub(crate) client: Arc<Client>,
    /// Client id (`client.id`).
    pub(crate) client_id: String,
    /// Version of the request.
    pub(crate) version: i16,
    correlation_id: i32,
    key: ApiKey,
}

/// Starts to handle a request. An error closes the connection.
pub(crate) async fn dispatch<'a>(
    broker: &'a Broker,
    client: &Arc<Client>,
    frame: Frame,
) -> io::Result<PendingResponse<'a>> {
    let Frame { key, version, correlation_id, mut body, memory } = frame;
    let Some(api) = versions::find_supported(key, version) else {
        if key == ApiKey::ApiVersions as i16 {
            let response = api_versions::encode_unsupported(correlation_id)?;
            return Ok(Box::pin(async { Ok(Some(response)) }));
        }
        let reason = format!("version {version} of the request with key {key} is not supported");
        return Err(invalid_data(reason));
    };
    let header = RequestHeader::decode(&mut body, api.request_header_version(version));
    let header =
        header.map_err(|error| invalid_data(format!("malformed {api:?} header: {error}")))?;
    if !shape::is_complete(api, version, &body) {
        return Err(invalid_data(format!("malformed {api:?}: an array exceeds the request")));
    }
    let client_id = header.client_id.map_or_else(String::new, |id| id.to_string());
    let client = Arc::clone(client);
    let context = Context { broker, client, client_id, version, correlation_id, key: api };
    if api == ApiKey::Produce {
        let request = decode::<ProduceRequest>(&mut body, &context)?;
        let appended = produce::append(&context, request).await;
        // The records are written; waiting for the sync needs no memory.
        drop(memory);
        return Ok(Box::pin(async move {
            let response = produce::acknowledge(&context, appended).await;
            response.map(|response| encode(&response, &context)).transpose()
        }));
    }
    Ok(Box::pin(async move {
        let response = handle(&context, body).await;
        drop(memory);
        response.map(Some)
    }))
}

/// Decodes a request, calls its handler, encodes the response.
macro_rules! handle_sync {
    ($context:expr, $body:expr, $module:ident) => {{
        let request = decode(&mut $body, $context)?;
        encode(&$module::handle($context, request), $context)
    }};
}

/// Like [`handle_sync`], for an asynchronous handler.
macro_rules! handle_async {
    ($context:expr, $body:expr, $module:ident) => {{
        let request = decode(&mut $body, $context)?;
        encode(&$module::handle($context, request).await, $context)
    }};
}

async fn handle(context: &Context<'_>, mut body: Bytes) -> io::Result<BytesMut> {
    match context.key {
        ApiKey::ApiVersions => {
            let _: ApiVersionsRequest = decode(&mut body, context)?;
            encode(&api_versions::handle(), context)
        }
        ApiKey::Fetch => handle_async!(context, body, fetch),
        ApiKey::ListOffsets => handle_async!(context, body, list_offsets),
        ApiKey::Metadata => handle_async!(context, body, metadata),
        ApiKey::OffsetCommit => handle_async!(context, body, offset_commit),
        ApiKey::OffsetFetch => handle_sync!(context, body, offset_fetch),
        ApiKey::FindCoordinator => handle_sync!(context, body, find_coordinator),
        ApiKey::JoinGroup => handle_async!(context, body, join_group),
        ApiKey::Heartbeat => handle_sync!(context, body, heartbeat),
        ApiKey::LeaveGroup => handle_sync!(context, body, leave_group),
        ApiKey::SyncGroup => handle_async!(context, body, sync_group),
        ApiKey::DescribeGroups => handle_sync!(context, body, describe_groups),
        ApiKey::ListGroups => handle_sync!(context, body, list_groups),
        ApiKey::CreateTopics => handle_async!(context, body, create_topics),
        ApiKey::InitProducerId => handle_async!(context, body, init_producer_id),
        ApiKey::DescribeConfigs => handle_sync!(context, body, describe_configs),
        ApiKey::DescribeCluster => handle_sync!(context, body, describe_cluster),
        ApiKey::DeleteTopics => handle_async!(context, body, delete_topics),
        ApiKey::DeleteRecords => handle_async!(context, body, delete_records),
        ApiKey::DeleteGroups => handle_async!(context, body, delete_groups),
        ApiKey::OffsetDelete => handle_async!(context, body, offset_delete),
        ApiKey::CreatePartitions => handle_async!(context, body, create_partitions),
        ApiKey::AlterConfigs => handle_async!(context, body, alter_configs),
        ApiKey::IncrementalAlterConfigs => {
            handle_async!(context, body, incremental_alter_configs)
        }
        ApiKey::OffsetForLeaderEpoch => handle_sync!(context, body, offset_for_leader_epoch),
        other => Err(invalid_data(format!("{other:?} has no handler"))),
    }
}

fn decode<T: Decodable>(body: &mut Bytes, context: &Context<'_>) -> io::Result<T> {
    let malformed = |error| invalid_data(format!("malformed {:?}: {error}", context.key));
    T::decode(body, context.version).map_err(malformed)
}

fn encode<T: Encodable + HeaderVersion>(
    response: &T,
    context: &Context<'_>,
) -> io::Result<BytesMut> {
    encode_as(response, context.correlation_id, context.version)
        .map_err(|error| invalid_data(format!("cannot encode {:?}: {error}", context.key)))
}

/// Encodes a response frame: length, header, body.
fn encode_as<T: Encodable + HeaderVersion>(
    response: &T,
    correlation_id: i32,
    version: i16,
) -> io::Result<BytesMut> {
    let size = response.compute_size(version).map_err(io::Error::other)?;
    let mut frame = BytesMut::with_capacity(size + 16);
    frame.extend_from_slice(&[0; 4]);
    ResponseHeader::default()
        .with_correlation_id(correlation_id)
        .encode(&mut frame, T::header_version(version))
        .map_err(io::Error::other)?;
    response.encode(&mut frame, version).map_err(io::Error::other)?;
    let length = u32::try_from(frame.len() - 4).map_err(io::Error::other)?;
    frame[..4].copy_from_slice(&length.to_be_bytes());
    Ok(frame)
}

fn invalid_data(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Runs blocking work on a blocking thread.
async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Converts a string for a response.
fn text(string: impl Into<String>) -> StrBytes {
    StrBytes::from_string(string.into())
}

/// The error code of a response; 0 means no error.
fn code(error: Option<ResponseError>) -> i16 {
    error.map_or(0, |error| error.code())
}
