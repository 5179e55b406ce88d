// A stand-in for Stripe's script (https://docs.stripe.com/js) with the calls that a page needs to
// make a confirmation token of a card, and to authenticate a payment that was confirmed with it.
(() => {
  const origin = new URL(document.currentScript.src).origin;

  class IntegrationError extends Error {
    name = 'IntegrationError';
  }

  const FRAME = { border: '0', width: '100%', display: 'block' };

  const require = (condition, message) => {
    if (!condition) throw new IntegrationError(message);
  };

  // --- The fields, in a frame of the gateway. ---

  class PaymentElement {
    #frame = null;
    #port = null;
    #isReady;
    #answers = new Map();
    #handlers = new Map();
    #key;
    #options;

    constructor(key, options) {
      this.#key = key;
      this.#options = options;
    }

    // Calls the handler when the fields are there (`ready`), or cannot be (`loaderror`).
    on(event, handler) {
      this.#handlers.set(event, [...(this.#handlers.get(event) ?? []), handler]);
      return this;
    }

    update(options) {
      this.#options = { ...this.#options, ...options };
      this.#port?.postMessage({ call: 'update', params: options });
    }

    #tell(event, more) {
      for (const handler of this.#handlers.get(event) ?? []) {
        handler({ elementType: 'payment', ...more });
      }
    }

    mount(target) {
      const parent = typeof target === 'string' ? document.querySelector(target) : target;
      require(parent instanceof Element, `mount(): there is no element ${target} in the page.`);
      require(!this.#frame, 'This Element has already been mounted.');
      const frame = document.createElement('iframe');
      Object.assign(frame, {
        title: 'Secure payment input frame',
        src: `${origin}/v3/field.html`,
      });
      Object.assign(frame.style, { ...FRAME, height: '250px' });
      this.#isReady = new Promise((resolve) => {
        frame.addEventListener('load', () => {
          const { port1, port2 } = new MessageChannel();
          this.#port = port1;
          port1.onmessage = ({ data }) => this.#receive(data, resolve);
          const setup = { type: 'setup', key: this.#key, options: this.#options };
          frame.contentWindow.postMessage(setup, origin, [port2]);
        });
      });
      this.#frame = frame;
      parent.replaceChildren(frame);
    }

    // Asks the frame, and resolves with its answer.
    async ask(call, params) {
      require(this.#frame?.isConnected, 'elements should have a mounted Payment Element.');
      await this.#isReady;
      const id = crypto.getRandomValues(new Uint32Array(2)).join('-');
      return new Promise((resolve) => {
        this.#answers.set(id, resolve);
        this.#port.postMessage({ id, call, params });
      });
    }

    #receive(message, resolveReady) {
      if (message.type === 'ready') {
        resolveReady();
        this.#tell('ready');
      }
      if (message.type === 'height') this.#frame.style.height = `${message.height}px`;
      if (message.type === 'answer') {
        this.#answers.get(message.id)?.(message.answer);
        this.#answers.delete(message.id);
      }
    }
  }

  class Elements {
    #key;
    #options;
    #payment = null;
    isSubmitted = false;

    constructor(key, options) {
      const { mode, amount, currency } = options ?? {};
      require(mode === 'payment', "elements(): 'mode' must be 'payment'.");
      require(Number.isInteger(amount) && amount > 0, "elements(): 'amount' must be positive.");
      require(/^[a-z]{3}$/.test(currency), "elements(): 'currency' must be three small letters.");
      this.#key = key;
      this.#options = structuredClone(options);
    }

    create(type) {
      require(type === 'payment', `create(): the stand-in has no Element ${type}.`);
      require(!this.#payment, 'create(): there can be only one Element of type payment.');
      this.#payment = new PaymentElement(this.#key, this.#options);
      return this.#payment;
    }

    // Changes what the fields were made with: the amount, the look, and so on.
    update(options) {
      this.#options = { ...this.#options, ...structuredClone(options) };
      this.#payment?.update(structuredClone(options));
    }

    // Validates the fields; errors are shown beside them.
    async submit() {
      require(this.#payment, 'elements should have a mounted Payment Element.');
      const answer = await this.#payment.ask('submit');
      this.isSubmitted = !answer.error;
      return answer;
    }

    createToken(params) {
      require(this.#payment, 'elements should have a mounted Payment Element.');
      return this.#payment.ask('token', params);
    }
  }

  // --- Authentication: the page of the bank, in a dialog. ---

  const showChallenge = (url) =>
    new Promise((resolve) => {
      const dialog = document.createElement('dialog');
      const frame = Object.assign(document.createElement('iframe'), {
        title: 'Authentication by your bank',
        src: url,
      });
      Object.assign(dialog.style, { border: '0', padding: '0', width: 'min(95vw, 400px)' });
      Object.assign(frame.style, { ...FRAME, height: '400px' });
      const end = (event) => {
        const isOver = event.source === frame.contentWindow && event.origin === origin;
        if (isOver && event.data?.type === 'challenge-over') dialog.close();
      };
      window.addEventListener('message', end);
      dialog.addEventListener('close', () => {
        window.removeEventListener('message', end);
        dialog.remove();
        resolve();
      });
      // A frame of another origin keeps the Escape key to itself.
      const close = Object.assign(document.createElement('button'), {
        type: 'button',
        textContent: 'Close',
      });
      close.addEventListener('click', () => dialog.close());
      dialog.append(close, frame);
      document.body.append(dialog);
      dialog.showModal();
    });

  const isUnpaid = ({ status }) => ['requires_action', 'requires_payment_method'].includes(status);

  class StripeStandIn {
    #key;

    constructor(key) {
      this.#key = key;
    }

    elements(options) {
      return new Elements(this.#key, options);
    }

    async createConfirmationToken({ elements, params = {} } = {}) {
      require(elements instanceof Elements, "createConfirmationToken(): 'elements' is missing.");
      const isSubmitted = elements.isSubmitted;
      require(isSubmitted, 'createConfirmationToken(): elements.submit() must be called before.');
      return elements.createToken(params);
    }

    async handleNextAction({ clientSecret } = {}) {
      const isSecret = /^pi_\w+_secret_\w+$/.test(clientSecret);
      require(isSecret, "handleNextAction(): 'clientSecret' is not that of a PaymentIntent.");
      const first = await this.#retrieve(clientSecret);
      const action = first.paymentIntent?.next_action;
      if (first.error || first.paymentIntent.status !== 'requires_action' || !action) return first;
      if (action.type === 'redirect_to_url') {
        window.location.assign(action.redirect_to_url.url);
        return new Promise(() => {});
      }
      await showChallenge(action.use_stripe_sdk.stripe_js);
      const { error, paymentIntent } = await this.#retrieve(clientSecret);
      if (error) return { error };
      if (!isUnpaid(paymentIntent)) return { paymentIntent };
      const failure = paymentIntent.last_payment_error ?? {
        type: 'invalid_request_error',
        code: 'payment_intent_authentication_failure',
        message: 'The authentication was not completed.',
      };
      return { error: { ...failure, payment_intent: paymentIntent } };
    }

    async #retrieve(clientSecret) {
      const [id] = clientSecret.split('_secret_');
      const query = new URLSearchParams({ key: this.#key, client_secret: clientSecret });
      try {
        const response = await fetch(`${origin}/v1/payment_intents/${id}?${query}`);
        const body = await response.json();
        return response.ok ? { paymentIntent: body } : { error: body.error };
      } catch {
        const message = 'The payment provider cannot be reached.';
        return { error: { type: 'api_connection_error', message } };
      }
    }
  }

  window.Stripe = (key) => {
    require(/^pk_test_\w+$/.test(key), 'Please call Stripe() with your publishable key.');
    return new StripeStandIn(key);
  };
})();
