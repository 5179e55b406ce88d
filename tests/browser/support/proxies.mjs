// Proxies between a browser and the shop: nginx, Caddy, and one that blocks streams.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from './until.mjs';

const requireVariable = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run cargo xtask test --only browser`);
  return value;
};

const freePort = async () => {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
};

/** Starts a proxy in front of the shop; returns its origin and `stop`. */
const startProxy = async (command, args, file, settings) => {
  const folder = await mkdtemp(join(tmpdir(), 'comanda-proxy-'));
  const port = await freePort();
  await writeFile(join(folder, file), settings(port, folder));
  const child = spawn(command, args(join(folder, file), folder), {
    stdio: 'ignore',
    env: { HOME: folder },
  });
  const origin = `http://127.0.0.1:${port}`;
  await waitUntil(`${command} answers`, async () => (await fetch(origin)).ok);
  const stop = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  return { origin, stop };
};

/** nginx with its defaults and one `proxy_pass`. */
export const startNginx = (shop) =>
  startProxy(
    requireVariable('TEST_NGINX'),
    (file, folder) => ['-p', folder, '-c', file, '-e', join(folder, 'error.log')],
    'nginx.conf',
    (port, folder) => `
      daemon off; master_process off; pid ${folder}/pid;
      events {}
      http {
        access_log off;
        client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b;
        fastcgi_temp_path ${folder}/c; uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e;
        server {
          listen 127.0.0.1:${port};
          location / { proxy_pass ${shop}; }
        }
      }`,
  );

export const startCaddy = (shop) =>
  startProxy(
    requireVariable('TEST_CADDY'),
    (file) => ['run', '--adapter', 'caddyfile', '--config', file],
    'Caddyfile',
    (port) => `{
      admin off
      auto_https off
    }
    http://127.0.0.1:${port} {
      encode gzip
      reverse_proxy ${new URL(shop).host}
    }`,
  );

/** Starts a proxy that forwards everything, but of streams at most the head. */
export const startStreamBlocker = async (shop, { withHead }) => {
  const to = new URL(shop);
  const server = http.createServer((request, response) => {
    const { method, url, headers } = request;
    const onwards = http.request(
      { host: to.hostname, port: to.port, method, path: url, headers },
      (answer) => {
        const isStream = answer.headers['content-type']?.startsWith('text/event-stream');
        if (isStream) answer.resume();
        if (isStream && !withHead) return;
        response.writeHead(answer.statusCode, answer.headers);
        if (isStream) response.flushHeaders();
        else answer.pipe(response);
      },
    );
    onwards.on('error', () => response.destroy());
    response.on('close', () => onwards.destroy());
    request.pipe(onwards);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, stop };
};
