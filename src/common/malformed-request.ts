import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Exchanges } from './exchanges.js';
import { titleOf } from './problem-of-error.js';
import { ProblemException } from './problem.js';

/** Time to read the answer; ending only our half leaves the connection to the client's good will. */
const PARTING_MS = 1_000;

/**
 * What isn't HTTP, or takes too long to become it, never becomes a request; it is answered by hand, in the form of
 * every other problem.
 */
export function answerMalformedRequests(server: Server, exchanges: Exchanges): void {
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    const unanswered = exchanges.open.filter(({ req }) => req.socket === socket);
    if (!socket.writable || !isNext(unanswered)) {
      socket.destroy();
      return;
    }
    socket.end(answer(statusOf(error.code)));
    const parting = setTimeout(() => socket.destroy(), PARTING_MS);
    socket.once('close', () => clearTimeout(parting));
  });
  // Node would refuse these two by itself, without a word: they are left to `refuseMalformed`.
  Object.assign(server, { requireHostHeader: false });
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/** Whether an answer now would be that to what can't be read, and not to a request before it or into another's. */
function isNext(unanswered: readonly ServerResponse[]): boolean {
  const [only, ...more] = unanswered;
  return !only || (more.length === 0 && !only.req.complete && !only.headersSent);
}

/** Refuses what is HTTP and yet nothing to answer. */
export function refuseMalformed(
  { headers, httpVersion }: IncomingMessage,
  _res: ServerResponse,
  next: (error?: unknown) => void,
): void {
  if (headers.host === undefined && httpVersion === '1.1')
    next(new ProblemException({ status: 400, detail: 'A request of HTTP/1.1 must name its Host.' }));
  else if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
    next(new ProblemException({ status: 417, detail: 'Nothing but 100-continue can be expected.' }));
  else next();
}

const DETAILS: Readonly<Record<number, string>> = {
  408: 'The request took too long to arrive.',
  431: 'The headers of the request are too large.',
};

function statusOf(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}

function answer(status: number): string {
  const id = randomUUID();
  const body = JSON.stringify({
    type: 'about:blank',
    title: titleOf(status),
    status,
    detail: DETAILS[status] ?? 'This is not a request that could be read.',
    instance: '/',
    request_id: id,
  });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-ID: ${id}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
