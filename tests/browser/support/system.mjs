// A running `comanda up` with its own folder and ports.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { COMANDA } from './modules.mjs';
import { waitUntil } from './until.mjs';

/** The shop's name in a local network. */
export const NETWORK_NAME = 'shop.test';

/** Repeats a request with the same key until the answer is not 503, as on a slow disk. */
const requestUntilAvailable = (path, call) =>
  waitUntil(`${path} is available`, async () => {
    const answer = await call();
    if (answer.status === 503) throw new Error(answer.text);
    return answer;
  });

const FREE_PORTS = ['--kafka-port=0', '--gateway-port=0', '--smtp-port=0'];

export class System {
  #folder;
  #child;
  #staff = new Map();
  /** The addresses of all parts, from `data/endpoints.json`. */
  endpoints;

  /** Starts in an empty folder and waits until orders can be placed. */
  static async start() {
    const system = new System();
    system.#folder = await mkdtemp(join(tmpdir(), 'comanda-browser-'));
    await system.#up('--port=0');
    return system;
  }

  get origin() {
    return this.endpoints.http;
  }

  get #data() {
    return join(this.#folder, 'data');
  }

  async #up(port) {
    const file = join(this.#data, 'endpoints.json');
    await rm(file, { force: true });
    const log = await open(join(this.#folder, 'log'), 'a');
    this.#child = spawn(COMANDA, ['up', port, ...FREE_PORTS, '--data', this.#data], {
      cwd: this.#folder,
      // The caller's environment must not point it at a real cluster.
      env: { COMANDA_ORDERS_PER_MINUTE: '0', COMANDA_HOSTS: NETWORK_NAME },
      stdio: ['ignore', log.fd, log.fd],
    });
    await log.close();
    this.endpoints = await waitUntil('comanda up is ready', async () => {
      if (this.#child.exitCode !== null) throw new Error(await this.log());
      return JSON.parse(await readFile(file, 'utf8'));
    });
    await waitUntil('it answers', async () => (await fetch(this.origin + '/readyz')).ok);
  }

  /** The output since the first start. */
  log() {
    return readFile(join(this.#folder, 'log'), 'utf8');
  }

  /** The staff token. */
  async staffToken() {
    return (await readFile(join(this.#data, 'staff-token'), 'utf8')).trim();
  }

  /** Calls the API with the staff token; returns the JSON, if there is any. */
  async asStaff(method, path, body) {
    const { ok, status, text } = await this.#call(method, path, body);
    assert.ok(ok, `${method} ${path}: ${status} ${text}`);
    return text && JSON.parse(text);
  }

  /** Takes a step with an order. */
  async takeStep(order, action, more = {}) {
    const path = `/api/kitchen/orders/${order}/${action}`;
    const body = { ...more, request_id: randomUUID() };
    const call = () => this.#call('POST', path, body);
    const { ok, status, text } = await requestUntilAvailable(path, call);
    assert.ok(ok, `${path}: ${status} ${text}`);
  }

  /** Places an order through the API; returns the answer. */
  async placeOrder(order) {
    const headers = { 'idempotency-key': randomUUID() };
    const call = () => this.#send('POST', '/api/orders', order, headers);
    const { status, text } = await requestUntilAvailable('/api/orders', call);
    assert.equal(status, 202, text);
    return JSON.parse(text);
  }

  async #call(method, path, body) {
    const headers = { authorization: `Bearer ${await this.staffToken()}` };
    return this.#send(method, path, body, headers);
  }

  async #send(method, path, body, headers) {
    if (body) headers['content-type'] = 'application/json';
    const answer = await fetch(this.origin + path, {
      method,
      headers,
      body: body && JSON.stringify(body),
    });
    return { ok: answer.ok, status: answer.status, text: await answer.text() };
  }

  /** Stops it as Ctrl-C does. */
  async stop() {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    const [code] = await ended;
    assert.equal(code, 0, await this.log());
  }

  /** Restarts it with the same data and address. */
  async startAgain() {
    await this.#up(`--port=${new URL(this.origin).port}`);
  }

  /** Waits until all work is done; asserts a clean audit without dead letters. */
  async waitUntilSettled() {
    const report = await waitUntil('no group is behind', async () => {
      const report = await this.#audit();
      const idle = Object.values(report.lag).every((records) => records === 0);
      if (idle && report.unsettled === 0) return report;
      throw new Error(JSON.stringify(report.lag));
    });
    assert.deepEqual(report.dead_letters, []);
    assert.deepEqual(report.differences, []);
    assert.equal(report.clean, true);
  }

  async #audit() {
    const { stdout, stderr } = await this.#command(['audit', '--json']);
    if (!stdout) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  /** Creates an account once; returns its credentials. */
  createAccount(role, restaurant = 'bella-napoli') {
    const account = `${role}@${restaurant}.example`;
    if (!this.#staff.has(account)) this.#staff.set(account, this.#addAccount(account, role, restaurant));
    return this.#staff.get(account);
  }

  async #addAccount(email, role, restaurant) {
    const password = 'a saucepan full of pepper';
    const where = role === 'operator' ? [] : ['--restaurant', restaurant];
    const args = ['staff', 'add', email, '--name', `The ${role}`, '--role', role, ...where];
    const { code, stderr } = await this.#command(args, password + '\n');
    assert.equal(code, 0, stderr);
    return { email, password };
  }

  /** Runs another command on the same data. */
  async #command(args, input = '') {
    const child = spawn(COMANDA, [...args, '--data', this.#data], {
      cwd: this.#folder,
      env: {},
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.end(input);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (bytes) => (stdout += bytes));
    child.stderr.on('data', (bytes) => (stderr += bytes));
    const [code] = await once(child, 'close');
    return { code, stdout, stderr };
  }

  /** Kills it if it runs, and removes its folder. */
  async remove() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
