import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { ProblemException } from './problem.js';

const HEADERS_MS = 10_000;
/** The whole request, body and all: bodies here are small. Also how long a body nobody wants is let run on. */
const REQUEST_MS = 15_000;
/** A connection on which nothing moves, as with a client that doesn't read its answer. */
const SILENCE_MS = 60_000;
/**
 * A connection between two requests. Load balancers keep theirs for a minute and take one that is closed just as they send
 * for a failure: they are to be the first to close.
 */
const IDLE_MS = 72_000;
/** Node looks for late clients every half minute, too seldom for limits of seconds. */
const LOOK_MS = 1_000;
/** How long a handler may take for its answer: what takes longer waits for the database. */
export const ANSWER_MS = 10_000;
export const MOST_HEADERS = 100;
export const BODY_BYTES = 102_400;

/** A client can't hold a connection by taking its time. Call it before the server listens. */
export function limitRequestTime(server: Server): void {
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.timeout = SILENCE_MS;
  server.keepAliveTimeout = IDLE_MS;
  // Node reads it when the server begins to listen; its types have it only among the options, which are Nest's.
  Object.assign(server, { connectionsCheckingInterval: LOOK_MS });
}

/**
 * Refuses what is too much before it is read: Express's parser would first take in all of a body that is too large,
 * and Node bounds the headers' size but leaves out without a word those beyond its own number.
 */
export function limitRequestSize(
  req: IncomingMessage,
  _res: ServerResponse,
  next: (error?: unknown) => void,
): void {
  const headers = req.rawHeaders.length / 2;
  if (headers > MOST_HEADERS)
    next(refusal(431, `A request may have ${MOST_HEADERS} headers, this one has ${headers}.`));
  else if (Number(req.headers['content-length'] ?? 0) > BODY_BYTES)
    next(refusal(413, `The body is larger than ${BODY_BYTES} bytes.`));
  else next();
}

function refusal(status: number, detail: string): ProblemException {
  return new ProblemException({ status, detail });
}
