//! The requests: one file each, opening with what it does, then a handler.

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

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, ProduceRequest, RequestHeader, ResponseHeader,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};

use crate::broker::Broker;
use crate::memory::Memory;

/// A whole request.
pub(crate) struct Frame {
    /// Which request it is.
    pub(crate) key: i16,
    /// In which version.
    pub(crate) version: i16,
    /// Number that the response repeats.
    pub(crate) correlation_id: i32,
    /// The request, from its key on.
    pub(crate) body: Bytes,
    /// Memory it takes, given back when dropped.
    pub(crate) memory: Option<Memory>,
}

/// An answer to be: the whole response frame, or `None` if the client wants none.
pub(crate) type Answer<'a> =
    Pin<Box<dyn Future<Output = io::Result<Option<BytesMut>>> + Send + 'a>>;

/// Who is asking.
pub(crate) struct Client {
    /// The address of this log that the client has connected to, so it can be reached there.
    pub(crate) local: SocketAddr,
    /// Where the client is.
    pub(crate) host: String,
}

/// What a handler is given beside the request.
pub(crate) struct Context<'a> {
    /// The log.
    pub(crate) broker: &'a Broker,
    /// Who is asking.
    pub(crate) client: Arc<Client>,
    /// The name the client gave itself.
    pub(crate) client_id: String,
    /// Version of the request.
    pub(crate) version: i16,
    correlation_id: i32,
    key: ApiKey,
}

/// Begins to answer a request. An error closes the connection.
pub(crate) async fn dispatch<'a>(
    broker: &'a Broker,
    client: &Arc<Client>,
    frame: Frame,
) -> io::Result<Answer<'a>> {
    let Frame { key, version, correlation_id, mut body, memory } = frame;
    let Some(api) = versions::supported(key, version) else {
        if key == ApiKey::ApiVersions as i16 {
            let response = api_versions::unsupported(correlation_id)?;
            return Ok(Box::pin(async { Ok(Some(response)) }));
        }
        return Err(refused(format!("request {key} in version {version} is not supported")));
    };
    let header = RequestHeader::decode(&mut body, api.request_header_version(version));
    let header = header.map_err(|error| refused(format!("malformed {api:?} header: {error}")))?;
    if !shape::is_whole(api, version, &body) {
        return Err(refused(format!("malformed {api:?}: it ends before its arrays do")));
    }
    let client_id = header.client_id.map_or_else(String::new, |id| id.to_string());
    let client = Arc::clone(client);
    let context = Context { broker, client, client_id, version, correlation_id, key: api };
    if api == ApiKey::Produce {
        let request = decode::<ProduceRequest>(&mut body, &context)?;
        let appended = produce::append(&context, request).await;
        // The records are written: waiting for the disk must not hold up other requests.
        drop(memory);
        return Ok(Box::pin(async move {
            let response = produce::acknowledge(&context, appended).await;
            response.map(|response| encode(&response, &context)).transpose()
        }));
    }
    Ok(Box::pin(async move {
        let response = answer(&context, body).await;
        drop(memory);
        response.map(Some)
    }))
}

/// Decodes, handles, encodes, where nothing has to be waited for.
macro_rules! reply {
    ($context:expr, $body:expr, $module:ident) => {{
        let request = decode(&mut $body, $context)?;
        encode(&$module::handle($context, request), $context)
    }};
}

/// Decodes, handles, encodes.
macro_rules! reply_later {
    ($context:expr, $body:expr, $module:ident) => {{
        let request = decode(&mut $body, $context)?;
        encode(&$module::handle($context, request).await, $context)
    }};
}

async fn answer(context: &Context<'_>, mut body: Bytes) -> io::Result<BytesMut> {
    match context.key {
        ApiKey::ApiVersions => {
            let _: ApiVersionsRequest = decode(&mut body, context)?;
            encode(&api_versions::handle(), context)
        }
        ApiKey::Fetch => reply_later!(context, body, fetch),
        ApiKey::ListOffsets => reply_later!(context, body, list_offsets),
        ApiKey::Metadata => reply_later!(context, body, metadata),
        ApiKey::OffsetCommit => reply_later!(context, body, offset_commit),
        ApiKey::OffsetFetch => reply!(context, body, offset_fetch),
        ApiKey::FindCoordinator => reply!(context, body, find_coordinator),
        ApiKey::JoinGroup => reply_later!(context, body, join_group),
        ApiKey::Heartbeat => reply!(context, body, heartbeat),
        ApiKey::LeaveGroup => reply!(context, body, leave_group),
        ApiKey::SyncGroup => reply_later!(context, body, sync_group),
        ApiKey::DescribeGroups => reply!(context, body, describe_groups),
        ApiKey::ListGroups => reply!(context, body, list_groups),
        ApiKey::CreateTopics => reply_later!(context, body, create_topics),
        ApiKey::InitProducerId => reply_later!(context, body, init_producer_id),
        ApiKey::DescribeConfigs => reply!(context, body, describe_configs),
        ApiKey::DescribeCluster => reply!(context, body, describe_cluster),
        ApiKey::DeleteTopics => reply_later!(context, body, delete_topics),
        ApiKey::DeleteRecords => reply_later!(context, body, delete_records),
        ApiKey::DeleteGroups => reply_later!(context, body, delete_groups),
        ApiKey::OffsetDelete => reply_later!(context, body, offset_delete),
        ApiKey::CreatePartitions => reply_later!(context, body, create_partitions),
        ApiKey::AlterConfigs => reply_later!(context, body, alter_configs),
        ApiKey::IncrementalAlterConfigs => {
            reply_later!(context, body, incremental_alter_configs)
        }
        ApiKey::OffsetForLeaderEpoch => reply!(context, body, offset_for_leader_epoch),
        other => Err(refused(format!("{other:?} has no handler"))),
    }
}

fn decode<T: Decodable>(body: &mut Bytes, context: &Context<'_>) -> io::Result<T> {
    let malformed = |error| refused(format!("malformed {:?}: {error}", context.key));
    T::decode(body, context.version).map_err(malformed)
}

fn encode<T: Encodable + HeaderVersion>(
    response: &T,
    context: &Context<'_>,
) -> io::Result<BytesMut> {
    encode_as(response, context.correlation_id, context.version)
        .map_err(|error| refused(format!("cannot encode {:?}: {error}", context.key)))
}

/// A response frame: length, header, body.
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

fn refused(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Runs what may block on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// A string for a response.
fn text(string: impl Into<String>) -> StrBytes {
    StrBytes::from_string(string.into())
}

/// The code of an error for a response, 0 for none.
fn code(error: Option<ResponseError>) -> i16 {
    error.map_or(0, |error| error.code())
}
