//! Ranges of a partition that no client can read.

use events::Range;
use rdkafka::error::{KafkaError as RdError, RDKafkaErrorCode};

/// Offsets of a partition that no client can read: batches whose bytes are not what they claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Which ones; the topic is called as we call it.
    pub range: Range,
    /// Why, in plain words.
    pub reason: String,
}

/// Why a place cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defect {
    /// The client says so.
    Code(RDKafkaErrorCode),
    /// The client says nothing, and hands out no record either.
    Silence,
}

impl Defect {
    /// What a read that failed says of the data; `None` if it says something of the connection, the
    /// group or our rights, which passes or has to be mended elsewhere.
    pub(super) fn of(error: &RdError) -> Option<Self> {
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

    /// For people.
    pub(super) fn words(self) -> String {
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
            Self::Silence => "the brokers answer, and no record comes of it".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_of_the_data_is_no_defect() {
        let of = |code| Defect::of(&RdError::MessageConsumption(code));
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
        assert_eq!(Defect::of(&RdError::PartitionEOF(3)), None);
    }
}
