// The page that has the gateway's script show the bank's question, and then goes on to the order.

const ask = document.querySelector('[data-authenticate]');
if (ask) {
  const { key, secret, back } = ask.dataset;
  try {
    // Whatever comes of it, the server asks the gateway.
    await window.Stripe(key).handleNextAction({ clientSecret: secret });
    location.replace(back);
  } catch {
    // The script was not loaded, or refuses the key.
    document.querySelector('[data-failed]').hidden = false;
  }
}
