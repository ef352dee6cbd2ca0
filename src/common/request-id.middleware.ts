import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

// Safe in a header, a log line, JSON and a URL; anything else is replaced, so that nobody writes into our logs.
const USABLE = /^[A-Za-z0-9._:-]{1,128}$/;

interface Arrival {
  readonly id: string;
  readonly at: Date;
  /** `performance.now()`: latency must not jump with the wall clock. */
  readonly startedAt: number;
}

/** On the request itself: a map beside it takes several times as long, and the garbage collector too. */
const ARRIVAL = Symbol('arrival');
/** On those that the framework answers. */
const UNDER_WAY = Symbol('under way');
type Arrived = IncomingMessage & { [ARRIVAL]?: Arrival; [UNDER_WAY]?: boolean };

const answering = new AsyncLocalStorage<string>();
const QUIET_MS = 1_000;
let underWay = 0;
let quiet: NodeJS.Timeout | null = null;

function arrivalOf(req: Arrived): Arrival {
  const known = req[ARRIVAL];
  if (known) return known;
  const given = req.headers['x-request-id'];
  const id = typeof given === 'string' && USABLE.test(given) ? given : randomUUID();
  const arrival = { id, at: new Date(), startedAt: performance.now() };
  req[ARRIVAL] = arrival;
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
  (req as Arrived)[UNDER_WAY] = true;
  underWay += 1;
  answering.run(id, next);
}

/**
 * Call it once for each request, when it is over. Node 20 follows every promise and every socket for as long as ids are
 * passed on, whoever's they are: with nothing under way for a second they aren't.
 */
export function requestIsOver(req: IncomingMessage): void {
  if ((req as Arrived)[UNDER_WAY] !== true) return;
  (req as Arrived)[UNDER_WAY] = false;
  underWay -= 1;
  if (underWay > 0 || quiet !== null) return;
  quiet = setTimeout(() => {
    quiet = null;
    if (underWay === 0) answering.disable();
  }, QUIET_MS).unref();
}

/** The request that what runs now is done for; undefined: for none. */
export function currentRequestId(): string | undefined {
  return answering.getStore();
}

/** What of a URL may stand in a log: queries can hold what a client should not have sent. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
