//! Fields of all requests with arrays, as defined by the protocol.

use kafka_protocol::messages::ApiKey;

use super::{
    Field,
    Shape::{Array, Blob, Fixed, Text, Values},
};

/// Upper bound of an open version range.
const NEWEST: i16 = i16::MAX;
/// A string in every version.
const NAME: Field = Field(Text, 0, NEWEST);
/// A 32-bit number in every version.
const INT: Field = Field(Fixed(4), 0, NEWEST);
/// A 64-bit number in every version.
const LONG: Field = Field(Fixed(8), 0, NEWEST);
/// A flag in every version.
const FLAG: Field = Field(Fixed(1), 0, NEWEST);
/// An array of 32-bit numbers in every version.
const INTS: Field = Field(Values(&Fixed(4)), 0, NEWEST);

/// The fields of a request, and its first flexible version.
pub(super) fn fields(key: ApiKey) -> Option<(&'static [Field], i16)> {
    Some(match key {
        ApiKey::Produce => (PRODUCE, 9),
        ApiKey::Fetch => (FETCH, 12),
        ApiKey::ListOffsets => (LIST_OFFSETS, 6),
        ApiKey::Metadata => (METADATA, 9),
        ApiKey::OffsetCommit => (OFFSET_COMMIT, 8),
        ApiKey::OffsetFetch => (OFFSET_FETCH, 6),
        ApiKey::FindCoordinator => (FIND_COORDINATOR, 3),
        ApiKey::JoinGroup => (JOIN_GROUP, 6),
        ApiKey::SyncGroup => (SYNC_GROUP, 4),
        ApiKey::LeaveGroup => (LEAVE_GROUP, 4),
        ApiKey::DescribeGroups => (DESCRIBE_GROUPS, 5),
        ApiKey::ListGroups => (LIST_GROUPS, 3),
        ApiKey::CreateTopics => (CREATE_TOPICS, 5),
        ApiKey::DescribeConfigs => (DESCRIBE_CONFIGS, 4),
        ApiKey::DeleteTopics => (DELETE_TOPICS, 4),
        ApiKey::DeleteRecords => (DELETE_RECORDS, 2),
        ApiKey::DeleteGroups => (DELETE_GROUPS, 2),
        ApiKey::OffsetDelete => (OFFSET_DELETE, NEWEST),
        ApiKey::CreatePartitions => (CREATE_PARTITIONS, 2),
        ApiKey::AlterConfigs => (ALTER_CONFIGS, 2),
        ApiKey::IncrementalAlterConfigs => (INCREMENTAL_ALTER_CONFIGS, 1),
        ApiKey::OffsetForLeaderEpoch => (OFFSET_FOR_LEADER_EPOCH, 4),
        _ => return None,
    })
}

const PRODUCE: &[Field] = &[
    NAME,
    Field(Fixed(2), 0, NEWEST),
    INT,
    Field(Array(&[NAME, Field(Array(&[INT, Field(Blob, 0, NEWEST)]), 0, NEWEST)]), 0, NEWEST),
];

const FETCH: &[Field] = &[
    Field(Fixed(4), 0, 14),
    INT,
    INT,
    INT,
    FLAG,
    Field(Fixed(8), 7, NEWEST),
    Field(
        Array(&[
            Field(Text, 0, 12),
            Field(Fixed(16), 13, NEWEST),
            Field(
                Array(&[
                    INT,
                    Field(Fixed(4), 9, NEWEST),
                    LONG,
                    Field(Fixed(4), 12, NEWEST),
                    Field(Fixed(8), 5, NEWEST),
                    INT,
                ]),
                0,
                NEWEST,
            ),
        ]),
        0,
        NEWEST,
    ),
    Field(Array(&[Field(Text, 0, 12), Field(Fixed(16), 13, NEWEST), INTS]), 7, NEWEST),
    Field(Text, 11, NEWEST),
];

const LIST_OFFSETS: &[Field] = &[
    INT,
    Field(Fixed(1), 2, NEWEST),
    Field(
        Array(&[NAME, Field(Array(&[INT, Field(Fixed(4), 4, NEWEST), LONG]), 0, NEWEST)]),
        0,
        NEWEST,
    ),
    Field(Fixed(4), 10, NEWEST),
];

const METADATA: &[Field] = &[
    Field(Array(&[Field(Fixed(16), 10, NEWEST), NAME]), 0, NEWEST),
    Field(Fixed(1), 4, NEWEST),
    Field(Fixed(1), 8, 10),
    Field(Fixed(1), 8, NEWEST),
];

const OFFSET_COMMIT: &[Field] = &[
    NAME,
    INT,
    NAME,
    Field(Text, 7, NEWEST),
    Field(Fixed(8), 2, 4),
    Field(
        Array(&[NAME, Field(Array(&[INT, LONG, Field(Fixed(4), 6, NEWEST), NAME]), 0, NEWEST)]),
        0,
        NEWEST,
    ),
];

const OFFSET_FETCH: &[Field] = &[
    Field(Text, 0, 7),
    Field(Array(&[NAME, INTS]), 0, 7),
    Field(
        Array(&[
            NAME,
            Field(Text, 9, NEWEST),
            Field(Fixed(4), 9, NEWEST),
            Field(Array(&[NAME, INTS]), 0, NEWEST),
        ]),
        8,
        NEWEST,
    ),
    Field(Fixed(1), 7, NEWEST),
];

const FIND_COORDINATOR: &[Field] =
    &[Field(Text, 0, 3), Field(Fixed(1), 1, NEWEST), Field(Values(&Text), 4, NEWEST)];

const JOIN_GROUP: &[Field] = &[
    NAME,
    INT,
    Field(Fixed(4), 1, NEWEST),
    NAME,
    Field(Text, 5, NEWEST),
    NAME,
    Field(Array(&[NAME, Field(Blob, 0, NEWEST)]), 0, NEWEST),
    Field(Text, 8, NEWEST),
];

const SYNC_GROUP: &[Field] = &[
    NAME,
    INT,
    NAME,
    Field(Text, 3, NEWEST),
    Field(Text, 5, NEWEST),
    Field(Text, 5, NEWEST),
    Field(Array(&[NAME, Field(Blob, 0, NEWEST)]), 0, NEWEST),
];

const LEAVE_GROUP: &[Field] =
    &[NAME, Field(Text, 0, 2), Field(Array(&[NAME, NAME, Field(Text, 5, NEWEST)]), 3, NEWEST)];

const DESCRIBE_GROUPS: &[Field] = &[Field(Values(&Text), 0, NEWEST), Field(Fixed(1), 3, NEWEST)];

const LIST_GROUPS: &[Field] = &[Field(Values(&Text), 4, NEWEST), Field(Values(&Text), 5, NEWEST)];

const CREATE_TOPICS: &[Field] = &[
    Field(
        Array(&[
            NAME,
            INT,
            Field(Fixed(2), 0, NEWEST),
            Field(Array(&[INT, INTS]), 0, NEWEST),
            Field(Array(&[NAME, NAME]), 0, NEWEST),
        ]),
        0,
        NEWEST,
    ),
    INT,
    FLAG,
];

const DESCRIBE_CONFIGS: &[Field] = &[
    Field(Array(&[FLAG, NAME, Field(Values(&Text), 0, NEWEST)]), 0, NEWEST),
    FLAG,
    Field(Fixed(1), 3, NEWEST),
];

const DELETE_TOPICS: &[Field] = &[
    Field(Array(&[NAME, Field(Fixed(16), 6, NEWEST)]), 6, NEWEST),
    Field(Values(&Text), 0, 5),
    INT,
];

const DELETE_RECORDS: &[Field] =
    &[Field(Array(&[NAME, Field(Array(&[INT, LONG]), 0, NEWEST)]), 0, NEWEST), INT];

const DELETE_GROUPS: &[Field] = &[Field(Values(&Text), 0, NEWEST)];

const OFFSET_DELETE: &[Field] =
    &[NAME, Field(Array(&[NAME, Field(Array(&[INT]), 0, NEWEST)]), 0, NEWEST)];

const CREATE_PARTITIONS: &[Field] =
    &[Field(Array(&[NAME, INT, Field(Array(&[INTS]), 0, NEWEST)]), 0, NEWEST), INT, FLAG];

const ALTER_CONFIGS: &[Field] =
    &[Field(Array(&[FLAG, NAME, Field(Array(&[NAME, NAME]), 0, NEWEST)]), 0, NEWEST), FLAG];

const INCREMENTAL_ALTER_CONFIGS: &[Field] =
    &[Field(Array(&[FLAG, NAME, Field(Array(&[NAME, FLAG, NAME]), 0, NEWEST)]), 0, NEWEST), FLAG];

const OFFSET_FOR_LEADER_EPOCH: &[Field] = &[
    Field(Fixed(4), 3, NEWEST),
    Field(Array(&[NAME, Field(Array(&[INT, INT, INT]), 0, NEWEST)]), 0, NEWEST),
];
