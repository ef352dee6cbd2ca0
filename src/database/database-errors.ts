import { isNativeError } from 'node:util/types';
import { QueryFailedError } from 'typeorm';

/** Connection exceptions, insufficient resources (disk, memory, connections), operator intervention (shutdown). */
const UNAVAILABLE_SQLSTATE = /^(08|53|57P)/;
const UNAVAILABLE_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);
// pg and pg-pool give these no code.
const UNAVAILABLE_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end)/;

/** Whether the database could not be asked, as opposed to having refused what it was asked. */
export function isDatabaseUnavailable(error: unknown): boolean {
  // Not `instanceof`: under Jest a socket's errors are those of another realm.
  if (!isNativeError(error)) return false;
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (!isNativeError(cause)) return false;
  if (cause instanceof AggregateError && cause.errors.length > 0)
    return cause.errors.every(isDatabaseUnavailable);
  const code: unknown = 'code' in cause ? cause.code : undefined;
  if (typeof code === 'string') return UNAVAILABLE_SQLSTATE.test(code) || UNAVAILABLE_SYSTEM.has(code);
  return UNAVAILABLE_MESSAGE.test(cause.message);
}

/** Whether something was refused only because what came before it in its transaction had failed. */
export function isOfFailedTransaction(error: unknown): boolean {
  return sqlStateOf(error) === '25P02';
}

/** Whether a lock was waited for as long as `lock_timeout` says, or not to be waited for. */
export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error) === '55P03';
}

function sqlStateOf(error: unknown): unknown {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return isNativeError(cause) && 'code' in cause ? cause.code : undefined;
}
