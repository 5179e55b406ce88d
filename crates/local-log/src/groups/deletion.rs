//! Deletes groups and committed offsets.

use std::io;

use kafka_protocol::ResponseError;

use super::{Groups, group::Phase, journal::Line, requests::storage_error};

impl Groups {
    /// Deletes an empty group; returns once the deletion is durable.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), ResponseError> {
        let number = {
            let mut entries = self.entries.lock();
            let entry = entries.get(name).ok_or(ResponseError::GroupIdNotFound)?;
            if entry.group.phase != Phase::Empty {
                return Err(ResponseError::NonEmptyGroup);
            }
            let line = Line::Deleted(name.into());
            let number = self.journal.append(&line).map_err(|error| storage_error(&error))?;
            entries.remove(name);
            number
        };
        self.journal.wait_until_durable(number).await;
        Ok(())
    }

    /// Deletes offsets of topics without a subscribed member; returns the refused ones.
    pub(crate) async fn delete_offsets(
        &self,
        name: &str,
        partitions: Vec<(String, i32)>,
    ) -> Result<Vec<(String, i32)>, ResponseError> {
        let (number, refused) = {
            let mut entries = self.entries.lock();
            let entry = entries.get_mut(name).ok_or(ResponseError::GroupIdNotFound)?;
            let has_members = entry.group.phase != Phase::Empty;
            let is_consumer_group = entry.group.protocol_type == "consumer";
            if has_members && !is_consumer_group {
                return Err(ResponseError::NonEmptyGroup);
            }
            let (refused, deleted): (Vec<_>, Vec<_>) =
                partitions.into_iter().partition(|(topic, _)| entry.group.is_subscribed_to(topic));
            let line = Line::OffsetsDeleted(name.into(), deleted.clone());
            let number = self.journal.append(&line).map_err(|error| storage_error(&error))?;
            entry.offsets.remove(&deleted);
            (number, refused)
        };
        self.journal.wait_until_durable(number).await;
        Ok(refused)
    }

    /// Deletes the offsets of topics that no longer exist.
    pub(crate) fn retain_topics(&self, exists: impl Fn(&str) -> bool) -> io::Result<()> {
        for (name, entry) in &mut *self.entries.lock() {
            let obsolete = entry.offsets.all().filter(|(topic, _)| !exists(topic));
            let obsolete: Vec<(String, i32)> = obsolete
                .flat_map(|(topic, partitions)| partitions.keys().map(|p| (topic.to_owned(), *p)))
                .collect();
            if !obsolete.is_empty() {
                self.journal.append(&Line::OffsetsDeleted(name.clone(), obsolete.clone()))?;
                entry.offsets.remove(&obsolete);
            }
        }
        Ok(())
    }
}
