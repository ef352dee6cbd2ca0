import { STATUS_CODES } from 'node:http';
import type { Server } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { titleOf } from './problem-of-error.js';

/** Time to read the answer; ending only our half leaves the connection to the client's good will. */
const PARTING_MS = 1_000;

/**
 * What isn't HTTP, or takes too long to become it, never becomes a request; it is answered by hand, in the form of
 * every other problem.
 */
export function answerMalformedRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    // After a first answer on the connection the text could land in the middle of another.
    if (!socket.writable || socket.bytesWritten > 0) {
      socket.destroy();
      return;
    }
    socket.end(answer(statusOf(error.code)));
    const parting = setTimeout(() => socket.destroy(), PARTING_MS);
    socket.once('close', () => clearTimeout(parting));
  });
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
