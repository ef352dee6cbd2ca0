import type { ThrottlerStorage } from '@nestjs/throttler';
import { LRUCache } from 'lru-cache';

/** What a client has used of its window; of the throttler's making, its times are whole seconds. */
export type ClientUse = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Clients remembered at a time. With more of them than this in a minute, those that came back least lately are
 * counted anew: memory stays what it is, nobody is refused wrongly, and who asks without a pause stays remembered.
 */
const CLIENTS = 10_000;

interface Window {
  hits: number;
  readonly endsAt: number;
}

/** How often each client has asked since its window began, of this process alone. */
export class ClientWindows implements ThrottlerStorage {
  private readonly windows = new LRUCache<string, Window>({ max: CLIENTS });

  constructor(
    /** Milliseconds, never going back. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether a request of this client now would be one too many. */
  isSpent(client: string, limit: number): boolean {
    const window = this.windows.peek(client);
    return window !== undefined && window.hits >= limit && window.endsAt > this.now();
  }

  /** Counts a request of this client. */
  hit(client: string, windowMs: number, limit: number): ClientUse {
    const now = this.now();
    let window = this.windows.get(client);
    if (!window || window.endsAt <= now) {
      window = { hits: 0, endsAt: now + windowMs };
      this.windows.set(client, window);
    }
    window.hits += 1;
    const seconds = Math.ceil((window.endsAt - now) / 1000);
    return {
      totalHits: window.hits,
      timeToExpire: seconds,
      isBlocked: window.hits > limit,
      timeToBlockExpire: seconds,
    };
  }

  increment(client: string, windowMs: number, limit: number): Promise<ClientUse> {
    return Promise.resolve(this.hit(client, windowMs, limit));
  }
}
