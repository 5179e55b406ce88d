"""Writes records to a scratch topic and reads them back as a member of a group."""
import sys

from kafka import KafkaConsumer, KafkaProducer

brokers, topic = sys.argv[1], "kafka-python.scratch"
sent = {f"key-{n}": f"value-{n}" for n in range(100)}
producer = KafkaProducer(bootstrap_servers=brokers, acks="all")
for key, value in sent.items():
    producer.send(topic, key=key.encode(), value=value.encode())
producer.flush(30)
producer.close()


def read(count):
    """Reads `count` records as the group, and commits them."""
    group = KafkaConsumer(topic, bootstrap_servers=brokers, group_id="kafka-python",
                          auto_offset_reset="earliest", enable_auto_commit=False,
                          consumer_timeout_ms=30_000)
    found = {}
    for record in group:
        found[record.key.decode()] = record.value.decode()
        if len(found) == count:
            break
    group.commit()
    behind = sum(group.end_offsets(group.assignment()).values()) - sum(
        group.committed(partition) or 0 for partition in group.assignment())
    group.close()
    return found, behind


found, behind = read(len(sent))
assert found == sent, f"sent {len(sent)} records, read {len(found)}"
assert behind == 0, f"{behind} records are not committed"
print(f"{len(found)} records written, read and committed")
