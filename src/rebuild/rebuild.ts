import type { DataSource, EntityManager } from 'typeorm';
import { CoinWriter } from '../coins/coin-writer.js';
import type { Settings } from '../config/settings.js';
import { DecisionSteps } from '../curation/decision-steps.js';
import { ListingMoves } from '../curation/listing-moves.js';
import { createMigratingDataSource } from '../database/data-source.js';
import type { DatabaseUrl } from '../database/database-url.js';
import type { CrosswalkBook } from '../identity/crosswalk-book.js';
import { IdentityLinks } from '../identity/identity-links.js';
import { CoinDecisions } from '../ingestion/coin-decisions.js';
import { ListingIds } from '../ingestion/listing-ids.js';
import { PageContent } from '../ingestion/page-content.js';
import type { SourceAdapter } from '../ingestion/source-adapter.js';
import { SOURCES } from '../ingestion/source-registry.js';
import { DecisionsAgain } from './decisions-again.js';
import { beginAt, beginFromNothing, keepUnread } from './earlier-state.js';
import { readHistory, wordsOf } from './history.js';
import type { History, WordRow } from './history.js';
import { putInPlace } from './put-in-place.js';
import type { Changes } from './put-in-place.js';
import { lateWords, lockServed } from './put-in-place.queries.js';
import { RebuildRefused } from './rebuild-refused.js';
import { Replay } from './replay.js';
import type { Replayed } from './replay.js';
import { LIVING_COINS } from './replay.queries.js';
import { replayOrder } from './replay-order.js';
import type { ReplayEvent } from './replay-order.js';
import { idKept, makeShadowTables, replayAt } from './shadow-tables.js';
import { SourceLeases } from './source-leases.js';

/** Coins derived in one go. */
const BATCH = 2_000;

export interface RebuildOptions {
  /** Migrated. */
  readonly dataSource: DataSource;
  readonly url: DatabaseUrl;
  readonly settings: Settings;
  readonly crosswalk: CrosswalkBook;
  readonly stop: AbortSignal;
  readonly progress: (done: number, all: number, replayed: Replayed) => void;
}

export interface Rebuilt extends Replayed {
  /** Whether every page there ever was is kept: else what is older than the first kept one was taken over. */
  readonly complete: boolean;
  readonly changes: Changes;
}

/**
 * Makes everything that follows from raw pages and persons' decisions anew, and puts it in the place of what is
 * served: in one transaction at the end, so that a rebuild that fails or is killed has changed nothing. Ingestion
 * stands still meanwhile, readers are answered from what is there. Throws `RebuildRefused`.
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  const leases = await SourceLeases.take(options.dataSource, options.settings.ETL_LEASE_SECONDS);
  return leases.during(options.stop, (signal) =>
    onConnections(options.url, (shadow, snapshot) => replayAll(shadow, snapshot, options, leases, signal)),
  );
}

/** One connection for the shadows and one for the snapshot, both without time limits. */
async function onConnections<T>(
  url: DatabaseUrl,
  work: (shadow: EntityManager, snapshot: EntityManager) => Promise<T>,
): Promise<T> {
  const sources = [createMigratingDataSource(url.value), createMigratingDataSource(url.value)];
  try {
    const [shadow, snapshot] = await Promise.all(
      sources.map(async (source) => {
        await source.initialize();
        const runner = source.createQueryRunner();
        for (const limit of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'])
          await runner.query(`SET ${limit} = 0`);
        return runner;
      }),
    );
    if (!shadow || !snapshot) throw new Error('a rebuild needs two connections');
    await snapshot.startTransaction('REPEATABLE READ');
    try {
      return await work(shadow.manager, snapshot.manager);
    } finally {
      await snapshot.rollbackTransaction();
      await Promise.all([shadow.release(), snapshot.release()]);
    }
  } finally {
    for (const source of sources) if (source.isInitialized) await source.destroy();
  }
}

async function replayAll(
  shadow: EntityManager,
  snapshot: EntityManager,
  { dataSource, settings, crosswalk, progress }: RebuildOptions,
  leases: SourceLeases,
  signal: AbortSignal,
): Promise<Rebuilt> {
  const history = await readHistory(snapshot);
  const served = await makeShadowTables(shadow);
  const coins = new CoinWriter(dataSource, settings);
  const adapters = adaptersOf(settings);
  const events = await begin(shadow, served, history, adapters);
  const decisions = new CoinDecisions(new IdentityLinks(crosswalk), coins, settings);
  const moves = new ListingMoves(coins, crosswalk);
  const replay = new Replay(shadow, snapshot, {
    content: new PageContent(decisions, new ListingIds(idKept(served)), settings),
    coins: decisions,
    persons: new DecisionsAgain(new DecisionSteps(moves), moves, served),
    adapterOf: (source) => adapters.get(source) ?? null,
  });
  for (const [done, event] of events.entries()) {
    assertWanted(signal);
    await replay.replay(event);
    progress(done + 1, events.length, replay.outcome);
  }
  const complete = history.complete && replay.outcome.skipped.length === 0;
  if (!complete) await shadow.transaction((manager) => keepUnread(manager, served));
  await deriveAll(shadow, coins);
  assertWanted(signal);
  const changes = await shadow.transaction(async (manager) => {
    await manager.query(lockServed(served));
    await leases.assertHeld(manager);
    const late: WordRow[] = await manager.query(lateWords(served));
    for (const word of late.flatMap(wordsOf)) await replay.word(manager, word);
    await replayAt(manager, null);
    return putInPlace(manager, {
      served,
      complete,
      quoteRetentionDays: settings.QUOTE_RETENTION_DAYS,
    });
  });
  return { ...replay.outcome, complete: history.complete, changes };
}

/** The shadows as they were before the first kept page; what is to be replayed from there. */
async function begin(
  shadow: EntityManager,
  served: string,
  { pages, ends, words, complete }: History,
  adapters: ReadonlyMap<string, SourceAdapter>,
): Promise<readonly ReplayEvent[]> {
  const [first] = pages;
  if (!first) throw new RebuildRefused('There is no raw page to rebuild anything from; nothing was changed.');
  await shadow.query('INSERT INTO kept_pages (raw_page_id) SELECT unnest($1::bigint[])', [
    pages.map((page) => page.rawPageId),
  ]);
  if (complete) {
    await beginFromNothing(shadow, served);
    return replayOrder(pages, ends, words);
  }
  const start = new Date(Math.min(...pages.map(({ at }) => at.getTime())));
  const reference = [...adapters.values()].filter((adapter) => adapter.reference).map(({ source }) => source);
  await beginAt(shadow, served, start, reference);
  const since = <Event extends { readonly at: Date }>(events: readonly Event[]): Event[] =>
    events.filter(({ at }) => at >= start);
  return replayOrder(pages, since(ends), since(words));
}

function adaptersOf(settings: Settings): ReadonlyMap<string, SourceAdapter> {
  return new Map(Object.entries(SOURCES).map(([source, Adapter]) => [source, new Adapter(settings)]));
}

/** What the coins are worth at this time, not at that of their last page. */
async function deriveAll(manager: EntityManager, coins: CoinWriter): Promise<void> {
  const rows: { coin_id: string }[] = await manager.query(LIVING_COINS);
  const coinIds = rows.map((row) => row.coin_id);
  for (let from = 0; from < coinIds.length; from += BATCH)
    await manager.transaction((step) => coins.derive(step, coinIds.slice(from, from + BATCH)));
}

function assertWanted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof RebuildRefused) throw signal.reason;
  throw new RebuildRefused('Stopped; nothing was changed.');
}
