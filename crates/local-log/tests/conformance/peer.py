"""What kafka-python sees: peer.py records|group|admin BROKER NAME…"""

import sys
import threading
import time

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import KafkaError

what, broker, *names = sys.argv[1:]


def records(topic):
    producer = KafkaProducer(bootstrap_servers=broker, acks="all")
    for n, value in enumerate([b"value-0", None, b"value-2"]):
        headers = [("n", b"0")] if n == 0 else []
        producer.send(
            topic, key=b"key-%d" % n, value=value, partition=0, headers=headers, timestamp_ms=1000 + n
        ).get(30)
    consumer = KafkaConsumer(bootstrap_servers=broker, group_id=None, consumer_timeout_ms=10_000)
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    for _ in range(3):
        record = next(consumer)
        value = record.value.decode() if record.value is not None else None
        print(record.offset, record.key.decode(), value, list(record.headers), record.timestamp)
    begin = consumer.beginning_offsets([partition])[partition]
    end = consumer.end_offsets([partition])[partition]
    at = consumer.offsets_for_times({partition: 1001})[partition].offset
    after = consumer.offsets_for_times({partition: 5000})[partition]
    print("begin", begin, "end", end, "at-1001", at, "after", "none" if after is None else after)


def member(topic, group):
    return KafkaConsumer(
        topic, bootstrap_servers=broker, group_id=group, auto_offset_reset="earliest",
        enable_auto_commit=False, session_timeout_ms=6_000, heartbeat_interval_ms=500,
    )


def poll_until(consumers, done):
    """Polls each consumer in a thread of its own: one waits for the other in a rebalance."""
    found, ended = [], threading.Event()

    def poll(consumer):
        while not ended.is_set():
            for batch in consumer.poll(100).values():
                found.extend(batch)

    threads = [threading.Thread(target=poll, args=[c], daemon=True) for c in consumers]
    for thread in threads:
        thread.start()
    limit = time.monotonic() + 120
    while not done(found):
        if time.monotonic() > limit:
            sys.exit(f"hangs: {[c.assignment() for c in consumers]}, {len(found)} records")
        time.sleep(0.05)
    ended.set()
    for thread in threads:
        thread.join()
    return found


def group(topic, group):
    one = member(topic, group)
    poll_until([one], lambda _: len(one.assignment()) == 4)
    print("one has", len(one.assignment()))
    two = member(topic, group)
    poll_until([one, two], lambda _: len(one.assignment()) == len(two.assignment()) == 2)
    print("two have", len(one.assignment()), "and", len(two.assignment()))
    producer = KafkaProducer(bootstrap_servers=broker, acks="all")
    for n in range(40):
        producer.send(topic, value=b"v", partition=n % 4)
    producer.flush()
    found = poll_until([one, two], lambda found: len(found) >= 40)
    print("read", len(found), "once" if len({(r.partition, r.offset) for r in found}) == 40 else "")
    one.commit()
    two.commit()
    committed = sum(one.committed(TopicPartition(topic, n)) for n in range(4))
    print("committed", committed)
    one.close()
    two.close()
    three = member(topic, group)
    poll_until([three], lambda _: len(three.assignment()) == 4)
    ends = three.end_offsets(list(three.assignment()))
    left = sum(end - three.position(partition) for partition, end in ends.items())
    print("nothing is left" if left == 0 else f"{left} are left")
    three.close()


def admin(topic):
    client = KafkaAdminClient(bootstrap_servers=broker)

    def create(name, partitions=3, **settings):
        settings = {key.replace("_", "."): value for key, value in settings.items()}
        client.create_topics([NewTopic(name, partitions, -1, topic_configs=settings)])

    def refusal(*args, **settings):
        try:
            create(*args, **settings)
        except KafkaError as error:
            return type(error).__name__
        return "accepted"

    create(topic, retention_ms="60000")
    while not (described := client.describe_topics([topic])[0]["partitions"]):
        time.sleep(0.05)
    print("created with", len(described), "partitions")
    print("again", refusal(topic))
    print("bad", refusal("a/b"))
    print("partitions", refusal(topic + "-2", 0))
    print("setting", refusal(topic + "-3", retention_ms="a week"))
    told = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    print("retention.ms", told["topic"][topic]["retention.ms"]["value"])


{"records": records, "group": group, "admin": admin}[what](*names)
