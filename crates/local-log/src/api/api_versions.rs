//! `ApiVersions`: lists the supported requests and their versions.

use std::io;

use bytes::BytesMut;
use kafka_protocol::{
    ResponseError,
    messages::{ApiVersionsResponse, api_versions_response::ApiVersion},
};

use super::versions::SUPPORTED;

/// Lists every supported request.
pub(super) fn handle() -> ApiVersionsResponse {
    let api_version = |(key, min, max): &(_, i16, i16)| {
        ApiVersion::default()
            .with_api_key(*key as i16)
            .with_min_version(*min)
            .with_max_version(*max)
    };
    ApiVersionsResponse::default().with_api_keys(SUPPORTED.iter().map(api_version).collect())
}

/// The response to an unsupported version of `ApiVersions`, encoded in version 0 so that every
/// client can read it.
pub(super) fn encode_unsupported(correlation_id: i32) -> io::Result<BytesMut> {
    let response = handle().with_error_code(ResponseError::UnsupportedVersion.code());
    super::encode_as(&response, correlation_id, 0)
}
