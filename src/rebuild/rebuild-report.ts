import type { Changes } from './put-in-place.js';
import type { Rebuilt } from './rebuild.js';
import type { Replayed } from './replay.js';

const EVERY_MS = 2_000;

/** What a rebuild tells the person who started it. */
export class RebuildReport {
  private readonly start: number;
  private last = 0;
  private skipped = 0;

  constructor(
    private readonly say: (line: string) => void,
    /** Milliseconds, of any beginning. */
    private readonly clock: () => number,
  ) {
    this.start = clock();
  }

  progress(done: number, all: number, { pages, records, skipped }: Replayed): void {
    for (const line of skipped.slice(this.skipped)) this.say(`Skipped ${line}`);
    this.skipped = skipped.length;
    const now = this.clock() - this.start;
    if (done < all && now - this.last < EVERY_MS) return;
    this.last = now;
    const percent = Math.floor((100 * done) / all);
    this.say(`${percent} %: ${pages} pages, ${records} records, ${(now / 1000).toFixed(0)} s`);
  }

  end({ pages, records, skipped, unsaid, complete, changes }: Rebuilt): void {
    for (const line of unsaid) this.say(`Not as it was: ${line}`);
    if (!complete)
      this.say(
        'Pages past RAW_RETENTION_DAYS are gone: what is older than the first kept page was taken over.',
      );
    this.say(inWords(changes));
    const seconds = ((this.clock() - this.start) / 1000).toFixed(1);
    this.say(`Rebuilt from ${pages} pages (${skipped.length} skipped), ${records} records, in ${seconds} s.`);
  }
}

/** Links and quarantined records are written anew each time; that says nothing. */
const REWRITTEN = new Set(['identity_links', 'identity_settlements', 'quarantine']);

function inWords(changes: Changes): string {
  const parts = Object.entries(changes).flatMap(([table, { added, changed, removed }]) =>
    REWRITTEN.has(table) || added + changed + removed === 0
      ? []
      : [`${table} (${added} added, ${changed} changed, ${removed} removed)`],
  );
  return parts.length === 0 ? 'Everything is as it was before.' : `Changed: ${parts.join(', ')}.`;
}
