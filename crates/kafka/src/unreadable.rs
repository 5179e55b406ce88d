//! Unreadable ranges of a partition.

use events::Range;
use rdkafka::error::{KafkaError as RdError, RDKafkaErrorCode};

/// Offsets that no client can read: batches whose bytes are malformed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The range; the topic has our name.
    pub range: Range,
    /// The reason, in plain words.
    pub reason: String,
}

/// Why a position cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defect {
    /// The client reports an error.
    Code(RDKafkaErrorCode),
    /// The client reports nothing and returns no record.
    Silence,
    /// A record has an offset that the partition has not reached.
    ForgedOffset,
}

impl Defect {
    /// The defect that an error indicates; `None` if it concerns the connection, the group or
    /// permissions, which are temporary or must be corrected elsewhere.
    pub(super) fn from_error(error: &RdError) -> Option<Self> {
        let RdError::MessageConsumption(code) = error else { return None };
        matches!(
            code,
            RDKafkaErrorCode::BadMessage
                | RDKafkaErrorCode::BadCompression
                | RDKafkaErrorCode::NotImplemented
                | RDKafkaErrorCode::Underflow
                | RDKafkaErrorCode::CriticalSystemResource
                | RDKafkaErrorCode::InvalidMessage
                | RDKafkaErrorCode::InvalidMessageSize
                | RDKafkaErrorCode::MessageSizeTooLarge
        )
        .then_some(Self::Code(*code))
    }

    /// A description for people.
    pub(super) fn describe(self) -> String {
        match self {
            Self::Code(RDKafkaErrorCode::BadMessage) => {
                "its checksum or its format is wrong".to_owned()
            }
            Self::Code(RDKafkaErrorCode::BadCompression) => {
                "it says that it is compressed, and cannot be unpacked".to_owned()
            }
            Self::Code(RDKafkaErrorCode::NotImplemented) => {
                "it has a format or a compression that is not known here".to_owned()
            }
            Self::Code(code) => format!("the client cannot read it ({code})"),
            Self::ForgedOffset => {
                "a record has an offset beyond the end of the partition".to_owned()
            }
            Self::Silence => "the brokers answer, and no record comes of it".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_not_about_data_is_no_defect() {
        let of = |code| Defect::from_error(&RdError::MessageConsumption(code));
        for code in [
            RDKafkaErrorCode::BrokerTransportFailure,
            RDKafkaErrorCode::AllBrokersDown,
            RDKafkaErrorCode::OperationTimedOut,
            RDKafkaErrorCode::RequestTimedOut,
            RDKafkaErrorCode::UnknownTopicOrPartition,
            RDKafkaErrorCode::NotLeaderForPartition,
            RDKafkaErrorCode::TopicAuthorizationFailed,
            RDKafkaErrorCode::Authentication,
            RDKafkaErrorCode::Unknown,
        ] {
            assert_eq!(of(code), None, "{code}");
        }
        assert!(of(RDKafkaErrorCode::BadCompression).is_some());
        assert_eq!(Defect::from_error(&RdError::PartitionEOF(3)), None);
    }
}
