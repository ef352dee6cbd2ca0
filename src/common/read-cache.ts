import { LRUCache } from 'lru-cache';
import { within } from '../database/within.js';
import { sizeOf } from './answer.js';
import type { RenderedAnswer } from './answer.js';
import { isOutage } from './problem-of-error.js';
import { ANSWER_MS } from './request-limits.js';

export interface CacheLimits {
  readonly entries: number;
  /** Characters may take two bytes. */
  readonly characters: number;
  /** How long a read is waited for when an older answer is there. */
  readonly patienceMs: number;
  /** And when none is: after that the database counts as away. */
  readonly answerMs: number;
}

const LIMITS: CacheLimits = {
  entries: 5_000,
  characters: 32 * 1024 * 1024,
  // A database that has fallen silent, or whose connections are all taken, shows in its own limits much later.
  patienceMs: 2_000,
  answerMs: ANSWER_MS,
};

interface Kept {
  readonly rendered: RenderedAnswer;
  /** The data's version before the read; null: it was not known, so it can serve an outage only. */
  readonly version: string | null;
  /** When the read began; a slow one must not replace one that began after it. */
  readonly begun: number;
  /** When it was last known to be current. */
  current: number;
}

interface Found {
  readonly rendered: RenderedAnswer;
  /** Seconds since it was last known to be current; null: it is. */
  readonly staleSeconds: number | null;
  /** It is current, and was here. */
  readonly again: boolean;
}

/** Reads that were answered, by canonical URL: the newest version of each. */
export class ReadCache {
  private readonly kept: LRUCache<string, Kept>;
  private readonly flights = new Map<string, Promise<RenderedAnswer>>();

  constructor(
    private readonly limits = LIMITS,
    /** Milliseconds, never going back. */
    private readonly now: () => number = () => performance.now(),
  ) {
    this.kept = new LRUCache<string, Kept>({
      max: limits.entries,
      maxSize: limits.characters,
      sizeCalculation: ({ rendered }, url) => sizeOf(rendered) + url.length,
    });
  }

  /** Whether there is anything that could be served while the database is away. */
  get canAnswer(): boolean {
    return this.kept.size > 0;
  }

  /**
   * What is kept for this version, else what is read now, else, in an outage, the newest there is. The version is
   * the one known before the read, so that data changing meanwhile is kept under the older one and read again.
   */
  async find(url: string, version: string | null, read: () => Promise<RenderedAnswer>): Promise<Found> {
    const kept = this.kept.get(url);
    if (kept && version !== null && kept.version === version) {
      kept.current = this.now();
      return { rendered: kept.rendered, staleSeconds: null, again: true };
    }
    const flight = this.share(url, version, read);
    if (!kept) return { rendered: await flight, staleSeconds: null, again: false };
    try {
      const rendered = await within(this.limits.patienceMs, flight);
      return { rendered, staleSeconds: null, again: false };
    } catch (error) {
      if (!isOutage(error)) throw error;
    }
    const staleSeconds = Math.floor((this.now() - kept.current) / 1000);
    return { rendered: kept.rendered, staleSeconds, again: false };
  }

  /** What is answered without asking here is in use all the same, and current now. */
  touch(url: string, version: string): void {
    const kept = this.kept.get(url);
    if (kept?.version === version) kept.current = this.now();
  }

  /** Requests that miss the same thing while it is being read wait for the one read. */
  private share(
    url: string,
    version: string | null,
    read: () => Promise<RenderedAnswer>,
  ): Promise<RenderedAnswer> {
    const key = JSON.stringify([version, url]);
    const flying = this.flights.get(key);
    if (flying) return flying;
    // The read itself may go on, and is kept when it ends; but nobody joins one that has taken so long.
    const flight = within(this.limits.answerMs, this.readAndKeep(url, version, read)).finally(() =>
      this.flights.delete(key),
    );
    this.flights.set(key, flight);
    return flight;
  }

  private async readAndKeep(
    url: string,
    version: string | null,
    read: () => Promise<RenderedAnswer>,
  ): Promise<RenderedAnswer> {
    const begun = this.now();
    const rendered = await read();
    const newest = this.kept.peek(url);
    if (!newest || newest.begun <= begun) this.kept.set(url, { rendered, version, begun, current: begun });
    return rendered;
  }
}
