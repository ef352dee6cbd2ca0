import { isDatabaseUnavailable } from '../database/database-errors.js';
import type { Failure } from './checkpoints.js';
import { SourceError, SourcePayloadInvalid, SourceQuotaSpent, SourceRateLimited } from './source-errors.js';

/** Without a word from the source: how long a spent quota is left alone. */
const QUOTA_WAIT_SECONDS = 6 * 3600;
/** Without a word from the source: how long a rate limit is left alone. */
const RATE_LIMIT_WAIT_SECONDS = 60;

/** The pass went to its end and loaded nothing. */
export class NothingReadable extends SourcePayloadInvalid {}

/** What a failed run shows to people and to the schedule; nothing internal in the message. */
export function failureOf(error: unknown): Failure {
  if (error instanceof SourceRateLimited)
    return {
      code: error.code,
      message: error.message,
      coolDownSeconds: error.retryAfterSeconds ?? RATE_LIMIT_WAIT_SECONDS,
      soon: true,
      beginAnew: false,
    };
  if (error instanceof SourceQuotaSpent)
    return {
      code: error.code,
      message: error.message,
      coolDownSeconds: QUOTA_WAIT_SECONDS,
      soon: false,
      beginAnew: false,
    };
  if (error instanceof SourceError)
    return {
      code: error.code,
      message: error.message,
      coolDownSeconds: null,
      soon: error.retryable,
      beginAnew: error instanceof NothingReadable,
    };
  if (isDatabaseUnavailable(error))
    return {
      code: 'database_unavailable',
      message: 'the database was away',
      coolDownSeconds: null,
      soon: true,
      beginAnew: false,
    };
  return {
    code: 'internal_error',
    message: 'an error inside Mintmark; its log has the details',
    coolDownSeconds: null,
    soon: true,
    beginAnew: false,
  };
}
