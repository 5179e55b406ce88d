//! Fetches raw batches of a partition from its broker, without a client that decodes them: one
//! request on a connection of its own.
//!
//! For plaintext brokers only; with TLS or SASL there are no raw batches, and callers use other
//! means.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use kafka_protocol::{
    messages::{
        ApiKey, FetchRequest, FetchResponse, RequestHeader, ResponseHeader, TopicName,
        fetch_request::{FetchPartition, FetchTopic},
    },
    protocol::{Decodable, Encodable, StrBytes},
};
use rdkafka::{
    consumer::{BaseConsumer, Consumer, ConsumerContext},
    metadata::MetadataTopic,
};

use super::client::KafkaConfig;

const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// The oldest version that all brokers support and that returns the current batch format. It uses
/// topic names.
const VERSION: i16 = 4;
/// Maximum size of a response besides the batches, in bytes.
const ENVELOPE_SIZE: usize = 64 * 1024;

/// The leader of one partition.
pub(super) struct PartitionLeader<'p> {
    pub(super) topic: &'p str,
    pub(super) partition: i32,
    /// The address, as `host:port`.
    address: String,
    /// True if the client treats a batch with a wrong checksum as unreadable.
    pub(super) is_checksum_checked: bool,
}

impl<'p> PartitionLeader<'p> {
    /// `None` for brokers with TLS or SASL, or without a known leader.
    pub(super) fn find<C: ConsumerContext>(
        config: &KafkaConfig,
        consumer: &BaseConsumer<C>,
        topic: &'p str,
        partition: i32,
    ) -> Option<Self> {
        let security = config.properties.get("security.protocol");
        if security.is_some_and(|protocol| !protocol.eq_ignore_ascii_case("plaintext")) {
            return None;
        }
        let metadata = consumer.fetch_metadata(Some(topic), RESPONSE_TIMEOUT).ok()?;
        let mut partitions = metadata.topics().iter().flat_map(MetadataTopic::partitions);
        let leader = partitions.find(|found| found.id() == partition)?.leader();
        let broker = metadata.brokers().iter().find(|broker| broker.id() == leader)?;
        let address = format!("{}:{}", broker.host(), broker.port());
        let is_checksum_checked = config.consumer("").get("check.crcs") == Some("true");
        Some(Self { topic, partition, address, is_checksum_checked })
    }

    /// Batches from the one with an offset (or the next one) on, as stored; the first one in any
    /// case, further ones up to `room` bytes. The last one may be truncated.
    pub(super) fn fetch_batches(&self, at: i64, room: usize) -> io::Result<Bytes> {
        let mut stream = connect(&self.address)?;
        stream.write_all(&encode_request(self.topic, self.partition, at, room)?)?;
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = usize::try_from(i32::from_be_bytes(length)).map_err(io::Error::other)?;
        if length > MAX_RESPONSE + ENVELOPE_SIZE {
            return Err(io::Error::other(format!("a response of {length} bytes is too large")));
        }
        let mut answer = vec![0; length];
        stream.read_exact(&mut answer)?;
        decode_response(answer.into())
    }
}

/// Maximum size of a response, in bytes.
pub(super) const MAX_RESPONSE: usize = 128 * 1024 * 1024;

fn connect(address: &str) -> io::Result<TcpStream> {
    let mut failed = io::Error::from(io::ErrorKind::NotFound);
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, RESPONSE_TIMEOUT) {
            Ok(stream) => {
                stream.set_read_timeout(Some(RESPONSE_TIMEOUT))?;
                stream.set_write_timeout(Some(RESPONSE_TIMEOUT))?;
                return Ok(stream);
            }
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn encode_request(topic: &str, partition: i32, at: i64, room: usize) -> io::Result<Bytes> {
    let room = i32::try_from(room).map_err(io::Error::other)?;
    let header = RequestHeader::default()
        .with_request_api_key(ApiKey::Fetch as i16)
        .with_request_api_version(VERSION)
        .with_client_id(Some(StrBytes::from_static_str("comanda")));
    let wanted = FetchPartition::default()
        .with_partition(partition)
        .with_fetch_offset(at)
        .with_partition_max_bytes(room);
    let name = TopicName(StrBytes::from_string(topic.to_owned()));
    let topic = FetchTopic::default().with_topic(name).with_partitions(vec![wanted]);
    let fetch = FetchRequest::default().with_max_bytes(room).with_topics(vec![topic]);
    let mut body = BytesMut::new();
    header.encode(&mut body, 1).map_err(io::Error::other)?;
    fetch.encode(&mut body, VERSION).map_err(io::Error::other)?;
    let mut framed = BytesMut::with_capacity(body.len() + 4);
    let length = i32::try_from(body.len()).map_err(io::Error::other)?;
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(&body);
    Ok(framed.freeze())
}

/// The batches in a response.
fn decode_response(mut answer: Bytes) -> io::Result<Bytes> {
    ResponseHeader::decode(&mut answer, 0).map_err(io::Error::other)?;
    let fetched = FetchResponse::decode(&mut answer, VERSION).map_err(io::Error::other)?;
    let mut partitions = fetched.responses.into_iter().flat_map(|topic| topic.partitions);
    let partition = partitions.next().ok_or(io::ErrorKind::InvalidData)?;
    if partition.error_code != 0 {
        return Err(io::Error::other(format!(
            "the broker returned error {}",
            partition.error_code
        )));
    }
    Ok(partition.records.unwrap_or_default())
}
