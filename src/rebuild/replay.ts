import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { EntityManager } from 'typeorm';
import type { CoinDecisions } from '../ingestion/coin-decisions.js';
import { forgetShapes, noteShape, settleShapes } from '../ingestion/drift-baseline.js';
import { PageDrifted } from '../ingestion/drift.js';
import type { PageContent } from '../ingestion/page-content.js';
import { openPage } from '../ingestion/prepared-page.js';
import type { OpenedPage } from '../ingestion/prepared-page.js';
import type { SourceAdapter } from '../ingestion/source-adapter.js';
import type { DecisionsAgain } from './decisions-again.js';
import { PAGE } from './history.queries.js';
import type { KeptPage, PersonsWord, ReplayEvent, RunEnd } from './replay-order.js';
import * as sql from './replay.queries.js';
import { analyseShadows, replayAt } from './shadow-tables.js';

const decompress = promisify(gunzip);

/** So many new listings make the planner's idea of the tables a wrong one. */
const ANALYSE_AFTER = 500;

export interface Replayed {
  pages: number;
  records: number;
  /** Pages that could not be read again, and what could not be decided again: a line each. */
  readonly skipped: string[];
  readonly unsaid: string[];
}

export interface ReplayParts {
  readonly content: PageContent;
  readonly coins: CoinDecisions;
  readonly persons: DecisionsAgain;
  readonly adapterOf: (source: string) => SourceAdapter | null;
}

interface PageRow {
  readonly feed: string;
  readonly body: Buffer;
  readonly fetched_at: Date;
}

/** What can't be read with today's adapter: the page is skipped. */
class PageUnreadable extends Error {}

/** Does once more, into the shadow tables, what the service did: each event in a transaction of its own. */
export class Replay {
  readonly outcome: Replayed = { pages: 0, records: 0, skipped: [], unsaid: [] };
  private listings = 0;
  private sinceAnalysed = Infinity;

  constructor(
    private readonly shadow: EntityManager,
    /** Sees all that was kept when the rebuild began, whatever retention lets go of meanwhile. */
    private readonly snapshot: EntityManager,
    private readonly parts: ReplayParts,
  ) {}

  async replay(event: ReplayEvent): Promise<void> {
    if (event.kind === 'page') await this.page(event);
    else if (event.kind === 'end') await this.end(event);
    else await this.shadow.transaction((manager) => this.word(manager, event));
    if (this.sinceAnalysed < Math.max(ANALYSE_AFTER, this.listings / 4)) return;
    this.sinceAnalysed = 0;
    await analyseShadows(this.shadow);
  }

  /** In a transaction of the caller's. */
  async word(manager: EntityManager, word: PersonsWord): Promise<void> {
    await replayAt(manager, word.at);
    const unsaid = await this.parts.persons.say(manager, word);
    if (unsaid !== null) this.outcome.unsaid.push(unsaid);
  }

  private async page(page: KeptPage): Promise<void> {
    const { source, rawPageId, runId } = page;
    const rows: PageRow[] = await this.snapshot.query(PAGE, [source, rawPageId]);
    const [row] = rows;
    if (!row) throw new Error(`raw page ${rawPageId} of ${source} is not in the snapshot`);
    try {
      const adapter = this.parts.adapterOf(source);
      if (adapter === null) throw new PageUnreadable(`there is no source ${source} any more`);
      const shown = await open(adapter, row);
      const { read } = shown;
      const { feed, fetched_at: fetchedAt } = row;
      const loaded = await this.shadow.transaction(async (manager) => {
        await replayAt(manager, page.at);
        await noteShape(manager, { source, runId }, adapter, { feed }, shown);
        const crosswalk = await this.parts.content.begin(manager);
        const stored = await this.parts.content.stored(manager, source, shown);
        const kept = { feed, fetchedAt, rawPageId, runId };
        const loaded = await this.parts.content.write(manager, adapter, kept, shown, { crosswalk, stored });
        await manager.query(sql.NOTE_DATA_AS_OF, [source, loaded.dataAsOf]);
        await manager.query(sql.NOTE_REPLAYED, [rawPageId]);
        return loaded;
      });
      this.outcome.pages += 1;
      this.outcome.records += read.extracted;
      this.listings += loaded.newListings.length;
      this.sinceAnalysed += loaded.newListings.length;
    } catch (error) {
      if (!(error instanceof PageUnreadable || error instanceof PageDrifted)) throw error;
      this.outcome.skipped.push(`raw page ${rawPageId} of ${source} (${row.feed}): ${error.message}`);
    }
  }

  private async end({ source, runId, status, whole, endsPass, settled, at }: RunEnd): Promise<void> {
    await this.shadow.transaction(async (manager) => {
      await replayAt(manager, at);
      if (status !== 'success') {
        if (endsPass) await forgetShapes(manager, source);
        if (status === 'failed') await manager.query(sql.NOTE_FAILURE, [source]);
        return;
      }
      await this.parts.coins.ofPass(manager, source, settled);
      // Half a pass is no baseline.
      if (whole) await settleShapes(manager, { source, runId });
      else await forgetShapes(manager, source);
      await manager.query(sql.NOTE_SUCCESS, [source, at]);
    });
  }
}

async function open(adapter: SourceAdapter, { feed, body, fetched_at }: PageRow): Promise<OpenedPage> {
  try {
    return openPage(adapter, { feed, body: await decompress(body), fetchedAt: fetched_at });
  } catch (error) {
    // Nothing but bytes goes in: whatever is thrown, it is the page that can't be read.
    throw new PageUnreadable(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
