import { DelegateBackoff, ExponentialBackoff, type IBackoff, type IRetryBackoffContext } from 'cockatiel';
import { SourceRateLimited } from './source-errors.js';

/**
 * The longest a run waits for one request. What asks for more becomes the source's cool-down in the database,
 * which costs no lease, no memory and survives a restart.
 */
export const LONGEST_WAIT_SECONDS = 10;

/** Exponential with decorrelated jitter, and never before the time a `Retry-After` names. */
export function retryDelay(
  firstDelayMs: number,
): DelegateBackoff<IRetryBackoffContext<unknown>, IBackoff<unknown>> {
  const exponential = new ExponentialBackoff({
    initialDelay: firstDelayMs,
    maxDelay: LONGEST_WAIT_SECONDS * 1000,
  });
  return new DelegateBackoff((context, previous) => {
    const backoff = previous?.next(context) ?? exponential.next();
    const failure = 'error' in context.result ? context.result.error : null;
    const asked = failure instanceof SourceRateLimited ? (failure.retryAfterSeconds ?? 0) * 1000 : 0;
    return { delay: Math.max(asked, backoff.duration), state: backoff };
  });
}
