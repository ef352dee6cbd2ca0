import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimiter } from 'limiter';
import { SourceRateLimited } from './source-errors.js';

/**
 * The longest a run waits for one request. What asks for more becomes the source's cool-down in the database,
 * which costs no lease, no memory and survives a restart.
 */
export const LONGEST_WAIT_SECONDS = 10;

/**
 * When a source may be asked: inside its rate limit, and not while it asked to be left alone. Two buckets, since
 * a limit of 300 a minute spent in one burst breaks CoinPaprika's other limit of 10 a second.
 */
export class SourcePace {
  private readonly buckets: readonly RateLimiter[];
  /** Milliseconds since the epoch. */
  private coolUntil = 0;

  constructor(
    private readonly source: string,
    requestsPerMinute: number,
  ) {
    // A bucket holds at least the one token that a request takes; below one a minute the interval is longer.
    const minute = Math.max(1, 1 / requestsPerMinute) * 60_000;
    this.buckets = [
      new RateLimiter({ tokensPerInterval: Math.max(1, requestsPerMinute), interval: minute }),
      new RateLimiter({
        tokensPerInterval: Math.max(1, Math.ceil(requestsPerMinute / 60)),
        interval: 'second',
      }),
    ];
  }

  /** Nothing is sent for this long; a shorter time never takes a longer one back. */
  coolDown(seconds: number): void {
    this.coolUntil = Math.max(this.coolUntil, Date.now() + seconds * 1000);
  }

  /** Waits out a short cool-down; a long one is a `SourceRateLimited` at once, with the seconds that are left. */
  private async cooled(signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = this.coolUntil - Date.now();
      if (left <= 0) return;
      if (left > LONGEST_WAIT_SECONDS * 1000) {
        const seconds = Math.ceil(left / 1000);
        throw new SourceRateLimited(
          `${this.source}: not asked, it wants to be left alone for another ${seconds} s`,
          seconds,
        );
      }
      await sleep(left, undefined, { signal });
    }
  }

  /** Resolves when one request may be sent, having taken its token from both buckets. */
  async turn(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.cooled(signal);
      const wait = Math.max(...this.buckets.map((bucket) => bucket.getWaitTime(1)));
      // Not the library's own wait: it can't be cancelled, and one that nobody waits for still takes a token.
      if (wait <= 0 && this.buckets.every((bucket) => bucket.tryRemoveTokens(1))) return;
      await sleep(Math.max(1, wait), undefined, { signal });
    }
  }
}
