import { readFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { ready } from '../answering.js';

/** The bytes that Mintmark answers `/data` with, for those who only send them. */
export function answerBytes(): Buffer {
  return readFileSync(process.env.BENCH_ANSWER ?? '');
}

export const JSON_TYPE = 'application/json; charset=utf-8';

export function listen(server: Server): void {
  server.listen(0, '127.0.0.1', () => listening(server));
}

export function listening(server: Server): void {
  ready(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
