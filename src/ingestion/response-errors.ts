import { readableExcerpt } from './readable-excerpt.js';
import {
  SourceAuthFailed,
  type SourceError,
  SourcePayloadInvalid,
  SourceQuotaSpent,
  SourceRateLimited,
  SourceUnavailable,
} from './source-errors.js';

export interface RefusedAnswer {
  /** Source and what was asked of it: the beginning of the message. */
  readonly asked: string;
  readonly status: number;
  readonly body: Buffer;
  readonly retryAfterSeconds: number | null;
  /** Where a redirect points, without secrets; null when it isn't one. */
  readonly location: string | null;
}

/** What a status says; null for 2xx. Every secret must be masked in what is given. */
export function errorOfStatus(answer: RefusedAnswer): SourceError | null {
  const { status, retryAfterSeconds: wait } = answer;
  if (status >= 200 && status < 300) return null;
  switch (status) {
    case 401:
      return new SourceAuthFailed(message(answer, 'the key is missing, wrong or for another plan'));
    case 402:
      return new SourceQuotaSpent(message(answer, 'the plan is used up or too small for this'));
    case 403:
      // The API refuses in JSON; what stands before it, such as Cloudflare, refuses a busy address in HTML or text.
      return isJson(answer.body)
        ? new SourceAuthFailed(message(answer, 'access refused'))
        : new SourceRateLimited(message(answer, 'blocked before the API', wait), wait);
    case 429:
      return new SourceRateLimited(message(answer, 'too many requests', wait), wait);
    case 408:
    case 425:
      return new SourceUnavailable(message(answer, 'try again'));
    case 503:
      // A maintenance that says when it ends is waited for like a rate limit: only that error carries the time.
      if (wait !== null) return new SourceRateLimited(message(answer, 'out of service', wait), wait);
  }
  if (status >= 500) return new SourceUnavailable(message(answer, 'the source failed'));
  if (status >= 300 && status < 400) {
    // Following it could carry the key to another host.
    const where = answer.location === null ? '' : ` to ${answer.location}`;
    return new SourcePayloadInvalid(message(answer, `a redirect${where}, which is not followed`));
  }
  return new SourcePayloadInvalid(message(answer, 'the request was refused'));
}

function message(answer: RefusedAnswer, meaning: string, waitSeconds: number | null = null): string {
  const wait = waitSeconds === null ? '' : `, asks to wait ${waitSeconds} s`;
  const excerpt = readableExcerpt(answer.body);
  return `${answer.asked} answered ${answer.status}, ${meaning}${wait}${excerpt === '' ? '' : `: ${excerpt}`}`;
}

function isJson(body: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
