//! `InitProducerId`: allocates an id for an idempotent producer.

use std::sync::Arc;

use kafka_protocol::{
    ResponseError,
    messages::{InitProducerIdRequest, InitProducerIdResponse, ProducerId},
};

use super::{Context, code};

/// Allocates a new id with epoch 0; transactional producers are refused.
pub(super) async fn handle(
    context: &Context<'_>,
    request: InitProducerIdRequest,
) -> InitProducerIdResponse {
    let failed = |error| {
        InitProducerIdResponse::default()
            .with_error_code(code(Some(error)))
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1)
    };
    if request.transactional_id.is_some() {
        tracing::warn!(client_id = context.client_id, "refused a transactional producer");
        return failed(ResponseError::TransactionalIdAuthorizationFailed);
    }
    let ids = Arc::clone(&context.broker.producer_ids);
    match tokio::task::spawn_blocking(move || ids.allocate()).await {
        Ok(Ok(id)) => InitProducerIdResponse::default().with_producer_id(ProducerId(id)),
        Ok(Err(error)) => {
            tracing::error!(%error, "cannot reserve producer ids");
            failed(ResponseError::KafkaStorageError)
        }
        Err(error) => {
            tracing::error!(%error, "reserving producer ids was aborted");
            failed(ResponseError::UnknownServerError)
        }
    }
}
