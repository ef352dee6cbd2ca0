import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { HttpService } from '@nestjs/axios';
import { type AxiosResponse, isAxiosError } from 'axios';
import { timeout, TimeoutStrategy } from 'cockatiel';
import { firstValueFrom } from 'rxjs';
import { ACCEPTED_ENCODINGS, decodedBody, tooLarge } from './decoded-body.js';
import { errorCode } from './error-code.js';
import { oneLine } from './readable-excerpt.js';
import { errorOfStatus } from './response-errors.js';
import { retryAfterSeconds } from './retry-after.js';
import { RunAborted } from './run-aborted.js';
import type { SecretMask } from './secret-mask.js';
import type { SourceHttp, SourceResponse } from './source-adapter.js';
import type { SourceAddress } from './source-address.js';
import { SourceError, SourceRateLimited, SourceUnavailable } from './source-errors.js';
import { USER_AGENT } from './user-agent.js';

export interface Attempt {
  readonly outcome: '2xx' | '3xx' | '4xx' | '5xx' | 'error';
  /** From sending the request to the last byte of the body, or to the failure. */
  readonly seconds: number;
}

export interface Exchange {
  readonly source: string;
  readonly http: SourceHttp;
  readonly address: SourceAddress;
  readonly mask: SecretMask;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
  readonly signal: AbortSignal;
  readonly onAttempt?: ((attempt: Attempt) => void) | undefined;
}

interface Received {
  readonly response: AxiosResponse<Buffer>;
  readonly body: Buffer;
}

const MEANINGS = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection reset'],
  ['ECONNABORTED', 'connection aborted'],
  ['EPIPE', 'connection closed'],
  ['ETIMEDOUT', 'connection timed out'],
  ['ENOTFOUND', 'host not found'],
  ['EAI_AGAIN', 'host name could not be looked up'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
]);

/**
 * One request and its answer, with no retry. Resolves with what the source said, be it an answer or an error;
 * throws where it said nothing usable (`SourceUnavailable`) or the run was stopped (`RunAborted`).
 */
export async function exchange(client: HttpService, request: Exchange): Promise<SourceResponse | Error> {
  const { response, body } = await received(client, request);
  const receivedAt = new Date();
  const { status } = response;
  const masked = request.mask.bytes(body);
  const wait = retryAfterSeconds(header(response, 'retry-after'), header(response, 'date'), receivedAt);
  const error =
    withWait(request.http.errorIn?.(status, masked) ?? null, wait) ??
    errorOfStatus({
      asked: askedOf(request),
      status,
      body: masked,
      retryAfterSeconds: wait,
      location: locationOf(response, request),
    });
  if (error instanceof SourceUnavailable) throw error;
  if (error) return error;
  const { mask, address } = request;
  return { url: mask.text(address.shownUrl), status, body: mask.page(body), receivedAt };
}

async function received(client: HttpService, request: Exchange): Promise<Received> {
  const started = performance.now();
  let outcome: Attempt['outcome'] = 'error';
  // Not told from the error: which one comes first, the timeout's own or the cancelled request's, is chance.
  let timedOut = false as boolean;
  const policy = timeout(request.timeoutMs, TimeoutStrategy.Aggressive);
  policy.onTimeout(() => (timedOut = true));
  try {
    const result = await policy.execute(({ signal }) => send(client, request, signal), request.signal);
    outcome = statusClass(result.response.status);
    return result;
  } catch (error) {
    if (request.signal.aborted) throw new RunAborted(request.signal);
    if (timedOut) throw lateAnswer(request);
    throw error instanceof SourceError ? error : errorWithoutAnswer(error, request);
  } finally {
    request.onAttempt?.({ outcome, seconds: (performance.now() - started) / 1000 });
  }
}

async function send(client: HttpService, request: Exchange, signal: AbortSignal): Promise<Received> {
  let response: AxiosResponse<Buffer>;
  try {
    response = await firstValueFrom(
      client.request<Buffer>({
        method: 'GET',
        url: request.address.url,
        headers: {
          'User-Agent': USER_AGENT,
          Accept: 'application/json',
          ...request.http.headers,
          'Accept-Encoding': ACCEPTED_ENCODINGS,
        },
        responseType: 'arraybuffer',
        decompress: false,
        maxContentLength: request.maxBytes,
        maxRedirects: 0,
        validateStatus: null,
        signal,
        ...request.agents,
      }),
    );
  } catch (error) {
    // The status came and its body didn't: a 429 is a 429 all the same, and so is its Retry-After.
    const cut = isAxiosError<Buffer>(error) ? error.response : undefined;
    if (cut !== undefined && statusClass(cut.status) !== '2xx')
      return { response: cut, body: Buffer.alloc(0) };
    throw error;
  }
  const encoding = header(response, 'content-encoding');
  try {
    return { response, body: await decodedBody(response.data, encoding, request.maxBytes, askedOf(request)) };
  } catch (error) {
    if (statusClass(response.status) !== '2xx') return { response, body: Buffer.alloc(0) };
    throw error;
  }
}

function lateAnswer(request: Exchange): SourceUnavailable {
  const limit = `${request.timeoutMs / 1000} s (SOURCE_TIMEOUT_SECONDS)`;
  return new SourceUnavailable(`${askedOf(request)} did not answer within ${limit}`);
}

/** An axios error holds the request's headers, so nothing of it but its code and its words goes on. */
function errorWithoutAnswer(error: unknown, request: Exchange): SourceError {
  const asked = askedOf(request);
  const code = errorCode(error) ?? 'unknown';
  const words = error instanceof Error ? error.message : String(error);
  const cause = new Error(request.mask.text(oneLine(`${code}: ${words}`)));
  // axios has one code for both of these; only its words tell them apart.
  if (words.startsWith('maxContentLength')) return tooLarge(asked, request.maxBytes, cause);
  if (words === 'stream has been aborted') {
    return new SourceUnavailable(`${asked} got an answer that was cut off`, { cause });
  }
  return new SourceUnavailable(`${asked} got no answer: ${MEANINGS.get(code) ?? code}`, { cause });
}

/** An adapter sees no headers, so the time to wait is added to the rate limit it found in a body. */
function withWait(error: Error | null, seconds: number | null): Error | null {
  if (!(error instanceof SourceRateLimited) || error.retryAfterSeconds !== null) return error;
  return new SourceRateLimited(error.message, seconds, { cause: error.cause });
}

function askedOf({ source, address, mask }: Exchange): string {
  return mask.text(`${source}: ${oneLine(address.asked)}`);
}

function locationOf(response: AxiosResponse, request: Exchange): string | null {
  const location = header(response, 'location');
  if (location === null || !URL.canParse(location, request.address.url)) return null;
  const { origin, pathname } = new URL(location, request.address.url);
  return oneLine(request.mask.text(`${origin}${pathname}`));
}

function header(response: AxiosResponse, name: string): string | null {
  const value: unknown = response.headers[name];
  return typeof value === 'string' ? value : null;
}

function statusClass(status: number): Attempt['outcome'] {
  if (status >= 500) return '5xx';
  if (status >= 400) return '4xx';
  return status >= 300 ? '3xx' : '2xx';
}
