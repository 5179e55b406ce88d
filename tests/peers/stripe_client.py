"""Stripe's own client makes every kind of call that Comanda makes, at the test gateway.

Usage: stripe_client.py <address of the gateway>
"""

import sys
import urllib.parse
import urllib.request
import uuid

import stripe

MANUAL = {"currency": "eur", "capture_method": "manual", "payment_method_types": ["card"]}
BACK = "https://shop.example/back"


def refused(call, code):
    """The call is refused as Stripe refuses it."""
    try:
        call()
    except stripe.StripeError as error:
        assert error.code == code, (error.code, code)
        return error
    raise AssertionError(f"not refused as {code}")


def token_of(client, card):
    """A confirmation token, as the fields on a page make one."""
    params = {"payment_method": card, "return_url": BACK}
    return client.v1.test_helpers.confirmation_tokens.create(params).id


def hold_capture_and_refund(client):
    token = token_of(client, "pm_card_visa")
    order = {"amount": 2450, "metadata": {"order_id": "order-1"}, **MANUAL}
    once = {"idempotency_key": str(uuid.uuid4())}
    intent = client.v1.payment_intents.create(order, once)
    assert client.v1.payment_intents.create(order, once).id == intent.id
    refused(lambda: client.v1.payment_intents.capture(intent.id), "payment_intent_unexpected_state")
    expanded = {"confirmation_token": token, "expand": ["latest_charge"]}
    held = client.v1.payment_intents.confirm(intent.id, expanded)
    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 2450, 0)
    assert held.latest_charge.payment_method_details.card.capture_before > held.created
    other = client.v1.payment_intents.create({"amount": 100, "currency": "eur"})
    used = lambda: client.v1.payment_intents.confirm(other.id, {"confirmation_token": token})
    refused(used, "token_already_used")
    taken = client.v1.payment_intents.capture(intent.id)
    assert (taken.status, taken.amount_capturable, taken.amount_received) == ("succeeded", 0, 2450)
    for key, amount in [("a", 450), ("a", 450), ("b", 1000)]:
        params = {"payment_intent": intent.id, "amount": amount, "metadata": {"order_id": "order-1"}}
        client.v1.refunds.create(params, {"idempotency_key": f"{intent.id}:{key}"})
    listed = client.v1.refunds.list({"payment_intent": intent.id, "created": {"gte": 1}})
    assert sorted(refund.amount for refund in listed.auto_paging_iter()) == [450, 1000]
    too_much = {"payment_intent": intent.id, "amount": 1001}
    refused(lambda: client.v1.refunds.create(too_much), None)
    rest = client.v1.refunds.create({"payment_intent": intent.id})
    assert (rest.amount, rest.status) == (1000, "succeeded")
    refused(lambda: client.v1.refunds.create({"payment_intent": intent.id}), "charge_already_refunded")
    return taken.latest_charge


def release(client):
    order = {"amount": 900, "confirm": True, "payment_method": "pm_card_mastercard", **MANUAL}
    held = client.v1.payment_intents.create(order)
    assert held.status == "requires_capture"
    released = client.v1.payment_intents.cancel(held.id, {"cancellation_reason": "abandoned"})
    assert (released.status, released.amount_capturable) == ("canceled", 0)


def authenticate(client):
    """The bank asks; the customer passes on its page."""
    intent = client.v1.payment_intents.create({"amount": 700, "currency": "eur"})
    with_card = {
        "payment_method": "pm_card_threeDSecure2Required",
        "return_url": BACK,
        "use_stripe_sdk": False,
    }
    asked = client.v1.payment_intents.confirm(intent.id, with_card)
    assert asked.status == "requires_action", asked
    bank = asked.next_action.redirect_to_url.url
    form = urllib.parse.urlencode({"outcome": "complete"}).encode()

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        urllib.request.build_opener(Stay).open(bank, form)
        raise AssertionError("the bank does not lead back")
    except urllib.error.HTTPError as led:
        assert led.code == 303 and led.headers["location"].startswith(BACK), led.headers
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def decline(client):
    intent = client.v1.payment_intents.create({"amount": 700, "currency": "eur"})
    card = {"payment_method": "pm_card_chargeDeclinedInsufficientFunds"}
    error = refused(lambda: client.v1.payment_intents.confirm(intent.id, card), "card_declined")
    assert isinstance(error, stripe.CardError) and error.http_status == 402
    assert error.error.decline_code == "insufficient_funds"


def list_books(client, charge):
    assert client.v1.disputes.list({"charge": charge}).data == []
    moved = client.v1.balance_transactions.list({"created": {"gte": 1}, "limit": 3})
    kinds = {moved.type for moved in moved.auto_paging_iter()}
    assert {"charge", "refund"} <= kinds, kinds
    events = client.v1.events.list({"limit": 100})
    kinds = {event.type for event in events.auto_paging_iter()}
    assert {"payment_intent.amount_capturable_updated", "charge.refunded"} <= kinds, kinds


def main():
    addresses = {"api": sys.argv[1]}
    client = stripe.StripeClient("sk_test_comanda", base_addresses=addresses, max_network_retries=0)
    charge = hold_capture_and_refund(client)
    release(client)
    authenticate(client)
    decline(client)
    list_books(client, charge)
    print(f"stripe {stripe.VERSION}: holds, captures, refunds, releases, authenticates and lists")


main()
