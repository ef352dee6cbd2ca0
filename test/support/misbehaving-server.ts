import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGzip, gzipSync } from 'node:zlib';

/** How a server answers one request; what it throws fails `close()`, so that a broken fake fails its test. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface RecordedRequest {
  readonly method: string;
  /** Path and query, as they came over the wire. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface MisbehavingServer {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** Answers differently from the next request on. */
  behave(behaviour: Behaviour): void;
  /** Resolves once this many requests have come in, counted from the start. */
  received(count: number): Promise<void>;
  /** Cuts what is open and frees the port. */
  close(): Promise<void>;
}

/** A real HTTP server on a free local port, for whatever somebody else's server may do to us. */
export async function startServer(behaviour: Behaviour): Promise<MisbehavingServer> {
  let current = behaviour;
  const requests: RecordedRequest[] = [];
  const failures: unknown[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];

  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    for (const waiter of waiting) if (requests.length >= waiter.count) waiter.resolve();
    Promise.resolve()
      .then(() => current(request, response))
      .catch((error: unknown) => {
        failures.push(error);
        response.destroy();
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    behave: (next) => {
      current = next;
    },
    received: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      if (failures.length > 0) throw new AggregateError(failures, 'a behaviour failed in the server');
    },
  };
}

/** One behaviour after the other, a request each; the last one stays. */
export function inTurn(...behaviours: readonly [Behaviour, ...Behaviour[]]): Behaviour {
  let next = 0;
  return (request, response) => {
    const behaviour = behaviours[Math.min(next++, behaviours.length - 1)] ?? behaviours[0];
    return behaviour(request, response);
  };
}

export function answer(
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Behaviour {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers });
    response.end(body);
  };
}

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return answer(status, JSON.stringify(body), { 'Content-Type': 'application/json', ...headers });
}

/** A page for people, like those of Cloudflare and of a captive portal. */
export function html(status = 200, title = 'Just a moment...'): Behaviour {
  const body = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>Checking</h1></body></html>\n`;
  return answer(status, body, { 'Content-Type': 'text/html; charset=UTF-8' });
}

/** 429; `retryAfter` is sent as it is: seconds, an HTTP date, or nonsense. */
export function tooManyRequests(retryAfter?: string): Behaviour {
  return answer(429, 'Throttled', {
    'Content-Type': 'text/plain',
    ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }),
  });
}

export function redirect(location: string, status = 301): Behaviour {
  return answer(status, '<a href="/">Moved Permanently</a>.\n', {
    Location: location,
    'Content-Type': 'text/html; charset=utf-8',
  });
}

/** The five shapes in which CoinGecko reports an error; the second was seen with status 200 too. */
export const coinGeckoErrors = {
  plainError: (status = 404): Behaviour => json({ error: 'coin not found' }, status),
  statusObject: (status = 429): Behaviour =>
    json({ status: { error_code: 429, error_message: "You've exceeded the Rate Limit." } }, status),
  nestedStatus: (status = 401): Behaviour =>
    json(
      {
        error: {
          status: {
            timestamp: '2025-01-01T00:00:00.000+00:00',
            error_code: 10012,
            error_message: 'Your request exceeds the allowed time range.',
          },
        },
      },
      status,
    ),
  plainText: (status = 429): Behaviour =>
    answer(status, 'error code: 1015', { 'Content-Type': 'text/plain' }),
  htmlPage: (status = 403): Behaviour => html(status, 'Attention Required! | Cloudflare'),
} as const;

/** Promises more bytes than it sends, then hangs up. */
export function truncated(body: string, promised = Buffer.byteLength(body) + 100): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': promised });
    response.write(body, () => response.destroy());
  };
}

/** Chunked, and the connection ends before the last chunk. */
export function cutOff(body: string): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.write(body, () => response.destroy());
  };
}

/** The connection is reset before any answer. */
export const reset: Behaviour = (request) => {
  request.socket.resetAndDestroy();
};

/** Takes the request and never answers. */
export const hang: Behaviour = () => undefined;

/** Sends one byte every few milliseconds for ever: never idle, never done. */
export const drip: Behaviour = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 5);
  response.once('close', () => clearInterval(timer));
};

/** A gzip answer of zeros, `megabytes` when unpacked and about a thousandth of that on the wire. */
export async function bomb(megabytes: number): Promise<Behaviour> {
  const gzip = createGzip({ level: 9 });
  const megabyte = Buffer.alloc(1024 * 1024);
  const packed: Buffer[] = [];
  gzip.on('data', (chunk: Buffer) => packed.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    gzip.once('end', resolve);
    gzip.once('error', reject);
  });
  for (let written = 0; written < megabytes; written++) {
    await new Promise<void>((resolve) => gzip.write(megabyte, () => resolve()));
  }
  gzip.end();
  await ended;
  return answer(200, Buffer.concat(packed), {
    'Content-Type': 'application/json',
    'Content-Encoding': 'gzip',
  });
}

/** A gzip stream that lacks its end, in an HTTP answer that is complete: what a careless proxy makes. */
export function gzipCutOff(body: string): Behaviour {
  const packed = gzipSync(body);
  return answer(200, packed.subarray(0, Math.floor(packed.length / 2)), {
    'Content-Type': 'application/json',
    'Content-Encoding': 'gzip',
  });
}
