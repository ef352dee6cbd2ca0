import { STATUS_CODES } from 'node:http';
import { isNativeError } from 'node:util/types';
import { HttpException } from '@nestjs/common';
import { isDatabaseUnavailable } from '../database/database-errors.js';
import { ProblemException, ServiceUnavailable } from './problem.js';
import type { ProblemContent } from './problem.js';

const INTERNAL: ProblemContent = {
  status: 500,
  detail: 'Something went wrong here. The log has the reason, under this request id.',
};

/** What a client is told of an error: never a stack, a query, an address or a third party's message. */
export function problemOfError(error: unknown): ProblemContent {
  // Nest wraps what Express and the body parser throw.
  const origin = error instanceof HttpException && isRefusal(error.cause) ? error.cause : error;
  if (isRefusal(origin)) return ofRefusal(origin);
  if (error instanceof ProblemException) return error.content;
  if (error instanceof HttpException) return ofHttpException(error);
  if (isOutage(error)) return new ServiceUnavailable('The database is not available now.').content;
  return INTERNAL;
}

/** Whether the database's absence is what is behind an error. */
export function isOutage(error: unknown): boolean {
  const seen = new Set<unknown>();
  for (let link = error; isNativeError(link) && !seen.has(link); link = link.cause) {
    if (isDatabaseUnavailable(link)) return true;
    seen.add(link);
  }
  return false;
}

/** What Express, its router and its body parser refuse a request with. */
interface Refusal {
  readonly status: number;
  readonly type?: string;
}

function isRefusal(error: unknown): error is Error & Refusal {
  return (
    error instanceof Error &&
    'status' in error &&
    typeof error.status === 'number' &&
    error.status >= 400 &&
    error.status < 500 &&
    (error instanceof URIError || 'expose' in error)
  );
}

function ofRefusal(error: Error & Refusal): ProblemContent {
  const { status } = error;
  if (error instanceof URIError) return { status, detail: 'The path holds a broken percent-encoding.' };
  switch (error.type) {
    case 'entity.parse.failed':
      return { status, detail: 'The body is not valid JSON.' };
    case 'entity.too.large': {
      const limit = 'limit' in error && typeof error.limit === 'number' ? ` than ${error.limit} bytes` : '';
      return { status, detail: `The body is larger${limit}${limit ? '' : ' than allowed'}.` };
    }
    case 'charset.unsupported':
    case 'encoding.unsupported':
      // The parser's own words, with what the client sent.
      return { status, detail: sentence(error.message) };
    default:
      return { status, detail: isUndecoded(error) ? UNDECODED : titleOf(status) };
  }
}

const UNDECODED = 'The body is not what its Content-Encoding says: it can’t be decompressed.';

/** What zlib says of a body. */
function isUndecoded(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && /^(?:Z_|ERR__|ERR_BROTLI)/.test(error.code);
}

function ofHttpException(error: HttpException): ProblemContent {
  const status = error.getStatus();
  if (!(status in STATUS_CODES) || status < 400) return INTERNAL;
  if (status < 500) return { status, detail: messageOf(error) };
  const failing = failingChecks(error.getResponse());
  if (failing) {
    const detail =
      failing.length > 0 ? `Failing checks: ${failing.join(', ')}.` : 'This instance is shutting down.';
    return { ...new ServiceUnavailable(detail).content, status };
  }
  return status === 500 ? INTERNAL : { status, detail: titleOf(status) };
}

function messageOf(error: HttpException): string {
  const response = error.getResponse();
  const message = typeof response === 'string' || !('message' in response) ? error.message : response.message;
  return Array.isArray(message) ? message.map(String).join('; ') : String(message);
}

/** The names of what fails in a Terminus result; its messages hold addresses and are left out. */
function failingChecks(response: string | object): readonly string[] | null {
  if (typeof response === 'string' || !('status' in response) || !('details' in response)) return null;
  const failures = 'error' in response && typeof response.error === 'object' ? response.error : null;
  return Object.keys(failures ?? {});
}

export function titleOf(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
