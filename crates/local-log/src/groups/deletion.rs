//! Deleting groups, and offsets that nobody needs any more.

use std::io;

use kafka_protocol::ResponseError;

use super::Groups;
use super::group::Phase;
use super::journal::Line;
use super::requests::failed;

impl Groups {
    /// Deletes a group without members; returns once that is durable.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), ResponseError> {
        let number = {
            let mut entries = self.entries.lock();
            let entry = entries.get(name).ok_or(ResponseError::GroupIdNotFound)?;
            if entry.group.phase != Phase::Empty {
                return Err(ResponseError::NonEmptyGroup);
            }
            let line = Line::Deleted(name.into());
            let number = self.journal.append(&line).map_err(|error| failed(&error))?;
            entries.remove(name);
            number
        };
        self.journal.durable(number).await;
        Ok(())
    }

    /// Deletes offsets of topics that no member has subscribed to; returns those it refused.
    pub(crate) async fn delete_offsets(
        &self,
        name: &str,
        partitions: Vec<(String, i32)>,
    ) -> Result<Vec<(String, i32)>, ResponseError> {
        let (number, refused) = {
            let mut entries = self.entries.lock();
            let entry = entries.get_mut(name).ok_or(ResponseError::GroupIdNotFound)?;
            let in_use = entry.group.phase != Phase::Empty;
            let consumes = entry.group.protocol_type == "consumer";
            if in_use && !consumes {
                return Err(ResponseError::NonEmptyGroup);
            }
            let (refused, deleted): (Vec<_>, Vec<_>) =
                partitions.into_iter().partition(|(topic, _)| entry.group.subscribes_to(topic));
            let line = Line::OffsetsDeleted(name.into(), deleted.clone());
            let number = self.journal.append(&line).map_err(|error| failed(&error))?;
            entry.offsets.remove(&deleted);
            (number, refused)
        };
        self.journal.durable(number).await;
        Ok(refused)
    }

    /// Forgets the offsets of topics that are gone.
    pub(crate) fn forget_topics(&self, exists: impl Fn(&str) -> bool) -> io::Result<()> {
        for (name, entry) in &mut *self.entries.lock() {
            let gone = entry.offsets.all().filter(|(topic, _)| !exists(topic));
            let gone: Vec<(String, i32)> = gone
                .flat_map(|(topic, partitions)| partitions.keys().map(|p| (topic.to_owned(), *p)))
                .collect();
            if !gone.is_empty() {
                self.journal.append(&Line::OffsetsDeleted(name.clone(), gone.clone()))?;
                entry.offsets.remove(&gone);
            }
        }
        Ok(())
    }
}
