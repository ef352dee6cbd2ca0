/** The longest a source is left alone: a typing error or another unit must not silence it for good. */
const LONGEST_SECONDS = 86_400;

const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Seconds a `Retry-After` asks to wait, a day at most; null when it is absent or can't be read. `date` is the answer's own
 * `Date`: an HTTP date is read against it, since the source's clock and ours need not agree.
 */
export function retryAfterSeconds(
  retryAfter: string | null,
  date: string | null,
  receivedAt: Date,
): number | null {
  if (retryAfter === null) return null;
  const text = retryAfter.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return sensible(Math.ceil(Number(text)));
  if (!HTTP_DATE.test(text)) return null;
  const said = date !== null && HTTP_DATE.test(date) ? Date.parse(date) : receivedAt.getTime();
  return sensible(Math.max(0, Math.ceil((Date.parse(text) - said) / 1000)));
}

function sensible(seconds: number): number | null {
  return Number.isNaN(seconds) ? null : Math.min(seconds, LONGEST_SECONDS);
}
