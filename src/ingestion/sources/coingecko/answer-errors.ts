import { parseJson } from '../../json-payload.js';
import {
  SourceAuthFailed,
  SourcePayloadInvalid,
  SourceRateLimited,
  SourceUnavailable,
} from '../../source-errors.js';

/** Key missing (10002), endpoint or history of another plan (10005, 10012), key of another host (10010, 10011). */
const WRONG_KEY_OR_PLAN = new Set([10002, 10005, 10010, 10011, 10012]);

/**
 * What CoinGecko says in `{"status":{"error_code","error_message"}}`, or in the same inside `error`; seen with
 * status 200 too. Where the status says it as well, null: only its headers say how long to wait.
 */
export function errorIn(status: number, body: Buffer): Error | null {
  if (!/^\s*\{/.test(body.subarray(0, 64).toString('latin1'))) return null;
  let answer: unknown;
  try {
    answer = parseJson(body, 'coingecko');
  } catch (error) {
    // Not an error in CoinGecko's words. With a good status, whoever opens the page says what is wrong.
    if (error instanceof SourcePayloadInvalid) return null;
    throw error;
  }
  const code = Number(field(statusOf(answer), 'error_code') ?? NaN);
  const said = `coingecko: error ${code}: ${words(field(statusOf(answer), 'error_message'))}`;
  if (WRONG_KEY_OR_PLAN.has(code)) return new SourceAuthFailed(said);
  if (status >= 300 || Number.isNaN(code)) return null;
  if (code === 429) return new SourceRateLimited(said, null);
  if (code === 401 || code === 403) return new SourceAuthFailed(said);
  return code >= 500 && code < 600 ? new SourceUnavailable(said) : new SourcePayloadInvalid(said);
}

function statusOf(answer: unknown): unknown {
  return field(answer, 'status') ?? field(field(answer, 'error'), 'status');
}

function words(message: unknown): string {
  const text = typeof message === 'string' ? message : 'it does not say what';
  return text.replace(/[\p{Control}\p{Format}\s]+/gu, ' ').slice(0, 200);
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
