import { setImmediate as turn } from 'node:timers/promises';
import type { Invariants } from './invariants.js';
import type { SeededRandom } from './seeded-random.js';
import type { SequencedMarket } from './sequenced-market.js';
import type { Tally } from './tally.js';

const PATHS = ['/data?q=steady&limit=100', '/data?source=coingecko&q=steady&limit=100'] as const;

interface Shown {
  readonly name: string;
  readonly current_price: number | null;
}

/** Who reads all along: the tables in one snapshot, and the API of whichever replica is there. */
export class Readers {
  private stopped = false;
  private readonly loops: Promise<void>[];

  constructor(
    invariants: Invariants,
    private readonly market: SequencedMarket,
    private readonly tally: Tally,
    private readonly random: SeededRandom,
    /** Where the API answers now. */
    private readonly urls: () => readonly string[],
  ) {
    this.loops = [
      this.loop(async () => {
        tally.violated('in a snapshot', await invariants.violations());
        tally.check('snapshots of all tables');
      }),
      this.loop(() => this.readApi()),
    ];
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops);
  }

  private async loop(read: () => Promise<void>): Promise<void> {
    try {
      while (!this.stopped) {
        await read();
        await turn();
      }
    } catch (error) {
      this.tally.violated('a reader ended', [String(error)]);
    }
  }

  private async readApi(): Promise<void> {
    const urls = this.urls();
    const url = urls[this.random.below(urls.length)];
    if (url === undefined) return;
    const path = this.random.pick(PATHS);
    const answer = await this.ask(url + path);
    if (answer === null) return;
    this.tally.check(`answers of the API, ${answer.status}`);
    if (answer.status === 200) this.tally.violated(path, this.partial(answer.shown));
    else if (answer.status !== 503) this.tally.violated(path, [`answered ${answer.status}`]);
  }

  /** Null: there is nobody there (any more), which is no answer at all. */
  private async ask(url: string): Promise<{ status: number; shown: Shown[] } | null> {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(15_000) });
      const body = (await response.json()) as { data?: Shown[] };
      return { status: response.status, shown: body.data ?? [] };
    } catch {
      // A frozen process answers nobody; how long a living one may take is a test of its own.
      return null;
    }
  }

  /** A page is there as a whole, and of one answer. */
  private partial(shown: readonly Shown[]): string[] {
    const said: string[] = [];
    for (let page = 1; page <= this.market.pages; page++) {
      const prices = shown
        .filter(({ name }) => name.startsWith(`steady ${page} `))
        .map(({ current_price }) => current_price);
      if (prices.length !== 0 && prices.length !== this.market.steadyPerPage)
        said.push(`page ${page} is there in part: ${prices.length} coins`);
      if (new Set(prices).size > 1) said.push(`page ${page} is mixed: ${[...new Set(prices)].join()}`);
    }
    return said;
  }
}
