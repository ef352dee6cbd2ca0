import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

// Safe in a header, a log line and a URL; anything else is replaced, so that nobody writes into our logs.
const USABLE = /^[A-Za-z0-9._:-]{1,128}$/;

interface Arrival {
  readonly id: string;
  readonly at: Date;
  /** `performance.now()`: latency must not jump with the wall clock. */
  readonly startedAt: number;
}

const arrivals = new WeakMap<IncomingMessage, Arrival>();
const answering = new AsyncLocalStorage<string>();

function arrivalOf(req: IncomingMessage): Arrival {
  const known = arrivals.get(req);
  if (known) return known;
  const given = req.headers['x-request-id'];
  const id = typeof given === 'string' && USABLE.test(given) ? given : randomUUID();
  const arrival = { id, at: new Date(), startedAt: performance.now() };
  arrivals.set(req, arrival);
  return arrival;
}

/** The id this request goes by in its answer, the logs and `request_logs`. */
export function requestId(req: IncomingMessage): string {
  return arrivalOf(req).id;
}

export function arrivedAt(req: IncomingMessage): Date {
  return arrivalOf(req).at;
}

/** Milliseconds since the request arrived, to the microsecond. */
export function latencyMs(req: IncomingMessage): number {
  return Math.round((performance.now() - arrivalOf(req).startedAt) * 1000) / 1000;
}

/** Comes before everything else, the body parser too: what that one refuses must carry the id as well. */
export function requestIdMiddleware(req: IncomingMessage, res: ServerResponse, next: () => void): void {
  const { id } = arrivalOf(req);
  res.setHeader('X-Request-ID', id);
  answering.run(id, next);
}

/** The request that what runs now is done for; undefined: for none. */
export function currentRequestId(): string | undefined {
  return answering.getStore();
}

/** What of a URL may stand in a log: queries can hold what a client should not have sent. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}
