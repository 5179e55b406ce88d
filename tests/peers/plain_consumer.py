"""A consumer that knows two flat fields of an order and nothing else of Comanda."""
import json
import sys

from kafka import KafkaConsumer

orders = KafkaConsumer("order_confirmed", bootstrap_servers=sys.argv[1], group_id=None,
                       auto_offset_reset="earliest", consumer_timeout_ms=30_000)
order = json.loads(next(orders).value)
print(f"Dear {order['customer_email']}, you paid {order['total_cost']:.2f}.")
