// Shows metrics to whoever asks by HTTP, on a socket of its own.
import { lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { dirname, isAbsolute } from 'node:path';
import { TsnetError } from '../errors/tsnet-error.ts';

/** The most connections at a time. */
const MAX_CONNECTIONS = 16;

/** How long one may take, in ms. */
const PATIENCE_MS = 5_000;

/** How often an address is asked for again that is taken, as by the daemon whose place this one takes. */
const RETRY_MS = 200;

/** Something that is shown until it is closed. */
export interface Exhibit {
  close(): void;
}

/**
 * Serves what `text` gives as /metrics, at the path of a socket that is for root alone, or at an address and a port. Throws
 * TSNET_CONFIG for another kind of place, and what listen(2) says.
 */
export async function exhibit(place: string, text: () => string): Promise<Exhibit> {
  const server = createServer((request, response) => {
    answer(response, request.method ?? '', request.url ?? '', text);
  });
  limit(server);
  return isAbsolute(place) ? atPath(server, place) : atAddress(server, place);
}

function answer(response: ServerResponse, method: string, url: string, text: () => string): void {
  const reply = (status: number, body: string): void => {
    const type = 'text/plain; version=0.0.4; charset=utf-8';
    response.writeHead(status, { 'content-type': type, connection: 'close' }).end(body);
  };
  if (url !== '/metrics') {
    reply(404, 'look at /metrics\n');
  } else if (method !== 'GET' && method !== 'HEAD') {
    reply(405, 'only GET\n');
  } else {
    try {
      reply(200, text());
    } catch (error) {
      reply(503, `${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}

function limit(server: Server): void {
  let open = 0;
  server.requestTimeout = PATIENCE_MS;
  server.headersTimeout = PATIENCE_MS;
  server.setTimeout(PATIENCE_MS);
  server.on('connection', (socket) => {
    if (open >= MAX_CONNECTIONS) {
      socket.destroy();
      return;
    }
    open++;
    socket.once('close', () => open--);
  });
}

// By another name first: whoever ends later, this one or the daemon whose place it takes, takes away only its own.
async function atPath(server: Server, path: string): Promise<Exhibit> {
  const own = `${path}.${process.pid}`;
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === false)
    throw new TsnetError('TSNET_CONFIG', `--metrics "${path}": something is there that is no socket`);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(own, { force: true });
  const mask = process.umask(0o177);
  try {
    await listen(server, { path: own });
  } finally {
    process.umask(mask);
  }
  renameSync(own, path);
  const { ino } = lstatSync(path);
  return {
    close: () => {
      end(server);
      if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true });
    },
  };
}

async function atAddress(server: Server, place: string): Promise<Exhibit> {
  const [, bare, bracketed, digits] = /^(?:([^:[\]]+)|\[([^\]]+)\]):(\d{1,5})$/.exec(place) ?? [];
  const host = bare ?? bracketed;
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    throw new TsnetError(
      'TSNET_CONFIG',
      `--metrics "${place}": must be an absolute path, or address:port such as 127.0.0.1:9809 or [::1]:9809`,
    );
  }
  let timer: NodeJS.Timeout | undefined;
  const again = (): void => {
    listen(server, { host, port }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') timer = setTimeout(again, RETRY_MS);
    });
  };
  try {
    await listen(server, { host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    again();
  }
  return {
    close: () => {
      clearTimeout(timer);
      end(server);
    },
  };
}

function listen(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(where, () => {
    server.off('error', reject);
    resolve(undefined);
  });
  return promise;
}

function end(server: Server): void {
  server.close();
  server.closeAllConnections();
}
