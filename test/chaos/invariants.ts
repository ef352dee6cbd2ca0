import { createHash } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { Answered, SequencedMarket } from './sequenced-market.js';

const SOURCE = 'coingecko';

interface RawPage {
  readonly raw_page_id: string;
  readonly run_id: string;
  readonly feed: string;
  readonly hash: string;
}

interface Run {
  readonly run_id: string;
  readonly fence: string;
  readonly status: string;
  readonly pages: number;
  readonly extracted: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly quarantined: number;
}

interface Checkpoint {
  readonly cursor: { readonly page?: number } | null;
  readonly fence: string;
  readonly lease_owner: string | null;
  readonly quota_used: number;
  readonly listings: string;
  readonly data_as_of: Date | null;
  readonly total_runs: string;
  readonly finished_runs: string;
  readonly successful_runs: string;
  readonly failed_runs: string;
  readonly records_processed: string;
}

/** What one raw page has brought into a table. */
interface Brought {
  readonly raw_page_id: string;
  readonly ids: string;
  readonly lowest: string;
  readonly highest: string;
  readonly first: Date;
  readonly last: Date;
}

const RAW_PAGES = `
  SELECT p.raw_page_id, p.run_id, p.feed, p.hash
  FROM raw_pages p LEFT JOIN etl_runs r USING (run_id)
  WHERE p.source = $1 ORDER BY r.fence, p.raw_page_id`;
const RUNS = `
  SELECT run_id, fence, status, pages, extracted, inserted, updated, unchanged, quarantined
  FROM etl_runs WHERE source = $1 ORDER BY fence`;
const CHECKPOINT = `
  SELECT cursor, fence, lease_owner, quota_used, listings, data_as_of, total_runs, finished_runs, successful_runs,
         failed_runs, records_processed
  FROM etl_checkpoints WHERE source = $1`;
const brought = (table: string): string => `
  SELECT b.raw_page_id, md5(string_agg(l.source_coin_id, ',' ORDER BY l.source_coin_id COLLATE "C")) AS ids,
         min(b.price) AS lowest, max(b.price) AS highest, min(b.quoted_at) AS first, max(b.quoted_at) AS last
  FROM ${table} b JOIN listings l USING (listing_id) WHERE l.source = $1 GROUP BY b.raw_page_id`;
const QUOTES = brought('quotes');
const LISTINGS = brought('listings');
const QUARANTINED = `SELECT raw_page_id, count(*)::int AS records FROM quarantine WHERE source = $1 GROUP BY raw_page_id`;
/** Listings whose coin says something else than they do, or that aren't linked exactly once. */
const UNSERVED = `
  SELECT l.source_coin_id FROM listings l
  LEFT JOIN coins c ON c.coin_id = l.coin_id AND c.price = l.price AND c.price_status = 'single'
  WHERE l.source = $1 AND (c.coin_id IS NULL
    OR 1 <> (SELECT count(*) FROM identity_links k
             WHERE k.listing_id = l.listing_id AND k.coin_id = l.coin_id AND k.revoked_at IS NULL))`;

/**
 * What is true of a database that loads a SequencedMarket, in every snapshot anybody may take: whatever was killed,
 * cut or frozen, and while runs are under way. The answers are told in words, an empty list when all is well.
 */
export class Invariants {
  /** How often they were looked at. */
  checks = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly market: SequencedMarket,
  ) {}

  /** True at any time. */
  async violations(): Promise<string[]> {
    this.checks += 1;
    const asked = this.market.asked;
    return this.dataSource.transaction('REPEATABLE READ', (manager) => this.inSnapshot(manager, asked));
  }

  /** True once a run has succeeded that nothing disturbed, as the last one. */
  async violationsAtRest(): Promise<string[]> {
    const said = await this.violations();
    const runs: Run[] = await this.dataSource.query(RUNS, [SOURCE]);
    const last = runs.at(-1);
    if (last?.status !== 'success') said.push(`the last run is ${last?.status ?? 'missing'}`);
    for (const { run_id, status } of runs)
      if (status === 'running') said.push(`run ${run_id} is running for ever`);
    const [checkpoint]: Checkpoint[] = await this.dataSource.query(CHECKPOINT, [SOURCE]);
    if (checkpoint?.cursor !== null) said.push('the cursor was not cleared');
    if (checkpoint?.lease_owner !== null) said.push('the lease was not given back');
    const rawPages: RawPage[] = await this.dataSource.query(RAW_PAGES, [SOURCE]);
    const newest = Math.max(...[...this.market.answers.values()].map(({ sequence }) => sequence));
    const loaded = this.market.answers.get(rawPages.at(-1)?.hash ?? '');
    if (loaded?.sequence !== newest) said.push(`the newest answer, ${newest}, is not loaded`);
    return said;
  }

  private async inSnapshot(manager: EntityManager, asked: number): Promise<string[]> {
    const rows = async <Row>(sql: string): Promise<Row[]> => manager.query(sql, [SOURCE]);
    const rawPages = await rows<RawPage>(RAW_PAGES);
    const runs = await rows<Run>(RUNS);
    const [checkpoint] = await rows<Checkpoint>(CHECKPOINT);
    const quotes = await rows<Brought>(QUOTES);
    const listings = await rows<Brought>(LISTINGS);
    const quarantined = await rows<{ raw_page_id: string; records: number }>(QUARANTINED);
    const unserved = await rows<{ source_coin_id: string }>(UNSERVED);
    if (!checkpoint) return ['no checkpoint'];

    const pages = rawPages
      .filter(({ feed }) => feed !== 'catalogue')
      .map((raw) => ({ raw, answered: this.market.answers.get(raw.hash) }));
    const known = pages.flatMap(({ raw, answered }) => (answered ? [{ raw, answered }] : []));
    const said: string[] = [];
    if (known.length < pages.length) said.push('a raw page is of no answer that was given');
    if (new Set(known.map(({ answered }) => answered.sequence)).size < known.length)
      said.push('an answer was loaded twice');
    said.push(
      ...this.order(known, checkpoint),
      ...content(known, quotes, quarantined),
      ...this.newest(known, listings),
      ...this.counts(rawPages, runs),
      ...figures(known, runs, checkpoint),
    );
    if (unserved.length > 0)
      said.push(
        `coins don’t say what their listings say: ${unserved.map((row) => row.source_coin_id).join()}`,
      );
    // Reserved before it is made, so that a crash can't forget one.
    if (checkpoint.quota_used < asked)
      said.push(`${asked} requests were made, ${checkpoint.quota_used} are counted`);
    return said;
  }

  /** Pass after pass from the first page to the last, each page once, and the cursor behind the last of them. */
  private order(known: readonly Loaded[], checkpoint: Checkpoint): string[] {
    const said: string[] = [];
    let before = { sequence: 0, page: this.market.pages };
    for (const { answered } of known) {
      const expected = (before.page % this.market.pages) + 1;
      if (answered.page !== expected)
        said.push(`page ${answered.page} (answer ${answered.sequence}) came where page ${expected} belongs`);
      if (answered.sequence <= before.sequence)
        said.push(`answer ${answered.sequence} was loaded after answer ${before.sequence}`);
      before = answered;
    }
    const { cursor } = checkpoint;
    const next = cursor?.page ?? 1;
    const expected = before.page + 1;
    // Behind the last page it is cleared by the run's end; a pass at its beginning has none either.
    const fits = before.page === this.market.pages ? next === 1 || next === expected : next === expected;
    if (!fits) said.push(`the cursor is at page ${next}, the data behind page ${before.page}`);
    return said;
  }

  /** Every listing is as the newest loaded answer has it. */
  private newest(known: readonly Loaded[], listings: readonly Brought[]): string[] {
    const last = new Map(known.map(({ raw, answered }) => [answered.page, raw.raw_page_id]));
    const expected = known.map(({ raw, answered }) => ({
      raw,
      answered,
      ids: last.get(answered.page) === raw.raw_page_id ? answered.ids : answered.born,
    }));
    return compare('listings', expected, listings);
  }

  private counts(rawPages: readonly RawPage[], runs: readonly Run[]): string[] {
    const said: string[] = [];
    for (const run of runs) {
      const own = rawPages.filter(({ run_id }) => run_id === run.run_id);
      const answers = own.flatMap(({ hash }) => this.market.answers.get(hash) ?? []);
      const catalogues = own.length - answers.length;
      const extracted = answers.reduce((sum, { records }) => sum + records, catalogues);
      const { run_id, inserted, updated, unchanged, quarantined } = run;
      if (run.extracted !== inserted + updated + unchanged + quarantined)
        said.push(`run ${run_id}: a record has no outcome, or two`);
      if (run.pages !== own.length)
        said.push(`run ${run_id} counts ${run.pages} pages and has ${own.length}`);
      if (run.extracted !== extracted)
        said.push(`run ${run_id} counts ${run.extracted} records and has ${extracted}`);
      if (quarantined !== answers.length) said.push(`run ${run_id} counts ${quarantined} refused records`);
    }
    return said;
  }
}

interface Loaded {
  readonly raw: RawPage;
  readonly answered: Answered;
}

/** Each answer's quotes and refused records, all of them and no others. */
function content(
  known: readonly Loaded[],
  quotes: readonly Brought[],
  quarantined: readonly { raw_page_id: string; records: number }[],
): string[] {
  const expected = known.map((loaded) => ({ ...loaded, ids: loaded.answered.ids }));
  const said = compare('quotes', expected, quotes);
  if (quarantined.length !== known.length || quarantined.some(({ records }) => records !== 1))
    said.push('quarantine: not one record of each page');
  return said;
}

function compare(
  what: string,
  expected: readonly (Loaded & { readonly ids: readonly string[] })[],
  found: readonly Brought[],
): string[] {
  const byPage = new Map(found.map((row) => [row.raw_page_id, row]));
  const said = byPage.size > expected.length ? [`${what}: of pages that are not loaded`] : [];
  for (const { raw, answered, ids } of expected) {
    const row = byPage.get(raw.raw_page_id);
    const digest = createHash('md5')
      .update([...ids].sort().join())
      .digest('hex');
    const price = String(answered.price);
    const whole =
      row?.ids === digest &&
      row.lowest === price &&
      row.highest === price &&
      row.first.getTime() === answered.at.getTime() &&
      row.last.getTime() === answered.at.getTime();
    if (!whole)
      said.push(`${what}: answer ${answered.sequence} (page ${answered.page}) is not there as it was given`);
  }
  return said;
}

/** One lease, one running run; and what the checkpoint counts of its own is what there is. */
function figures(known: readonly Loaded[], runs: readonly Run[], checkpoint: Checkpoint): string[] {
  const said: string[] = [];
  const running = runs.filter(({ status }) => status === 'running');
  if (running.length > 1) said.push(`runs ${running.map(({ run_id }) => run_id).join()} run at once`);
  for (const { run_id, fence } of running)
    if (fence !== checkpoint.fence || checkpoint.lease_owner === null)
      said.push(`run ${run_id} runs without the lease`);
  if (running.length === 0 && checkpoint.lease_owner !== null) said.push('a lease is held for no run');
  const finished = runs.filter(({ status }) => status !== 'running');
  const newest = known.at(-1)?.answered.at.getTime();
  const expected = {
    fence: runs.length,
    total_runs: runs.length,
    finished_runs: finished.length,
    successful_runs: runs.filter(({ status }) => status === 'success').length,
    failed_runs: runs.filter(({ status }) => status === 'failed').length,
    records_processed: finished.reduce((sum, { extracted }) => sum + extracted, 0),
    listings: new Set(known.flatMap(({ answered }) => answered.ids)).size,
  };
  for (const [figure, value] of Object.entries(expected))
    if (Number(checkpoint[figure as keyof typeof expected]) !== value)
      said.push(`${figure} is ${checkpoint[figure as keyof typeof expected]}, not ${value}`);
  if (checkpoint.data_as_of?.getTime() !== newest) said.push('data_as_of is not the newest loaded time');
  return said;
}
