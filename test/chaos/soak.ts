import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { readSettings } from '../../src/config/read-settings.js';
import { createDataSource } from '../../src/database/data-source.js';
import { Retention } from '../../src/scheduler/retention.js';
import { asAdmin, createEmptyDatabase } from '../support/database.js';
import { ServiceProcess } from '../support/service-process.js';
import { SequencedMarket } from './sequenced-market.js';
import type { Tally } from './tally.js';

const REPLICAS = 2;
const SAMPLE_MS = 1000;
/** Runs a second, as the schedule would have them in minutes. */
const PUMP_MS = 200;
/** A day passes, for what is kept for days, every so often. */
const DAY_EVERY_MS = 5000;
const KEPT_DAYS = 3;

/** What may be more at the end than in the middle: this share of it, and this on top of it. */
const LIMITS: readonly { readonly figure: RegExp; readonly share: number; readonly more: number }[] = [
  { figure: /heap/, share: 0.15, more: 4_000_000 },
  { figure: /resident/, share: 0.15, more: 20_000_000 },
  { figure: /handles|files|connections/, share: 0, more: 4 },
  // Rows that are dead and not yet vacuumed.
  { figure: /table/, share: 0.5, more: 1_000_000 },
];

/** Everything that must not grow, by a name. */
type Sample = ReadonlyMap<string, number>;

const METRICS: Readonly<Record<string, string>> = {
  nodejs_heap_size_used_bytes: 'heap',
  process_resident_memory_bytes: 'resident memory',
  nodejs_active_handles_total: 'handles',
  process_open_fds: 'open files',
};
/** Runs and quotes are history: they grow with what happens, until their months are dropped. */
const TABLES = ['listings', 'coins', 'identity_links', 'etl_checkpoints', 'data_version', 'source_schemas'];
const SWEPT_TABLES = ['raw_coingecko', 'quarantine', 'request_logs'];

/** Weeks of runs in minutes, and nothing of it may add up. */
export async function soak({ until, tally }: { until: number; tally: Tally }): Promise<void> {
  const market = await SequencedMarket.open({ pages: 2, steadyPerPage: 40, births: false });
  const { url, drop } = await createEmptyDatabase();
  const processes = Array.from({ length: REPLICAS }, () => new ServiceProcess());
  const dataSource = createDataSource(url.value, { poolSize: 4, idleTransactionSeconds: 30 });
  try {
    // As everything else here, the server's own tidying comes in seconds instead of minutes.
    await asAdmin(`ALTER SYSTEM SET autovacuum_naptime = '1s'`);
    await asAdmin('SELECT pg_reload_conf()');
    await dataSource.initialize();
    for (const process of processes)
      process.start({
        ...market.environment,
        NODE_ENV: 'test',
        DATABASE_URL: url.value,
        DATABASE_POOL_SIZE: '5',
        PORT: '0',
        HOST: '127.0.0.1',
        LOG_LEVEL: 'silent',
        ETL_TICK_SECONDS: '0.1',
        API_RATE_LIMIT: '0',
      });
    const urls = await Promise.all(processes.map((process) => process.url()));
    const samples: Sample[] = [];
    const over = new AbortController();
    const loops = [
      repeat(over.signal, PUMP_MS, () => makeDue(dataSource)),
      repeat(over.signal, DAY_EVERY_MS, () => passDay(dataSource, tally)),
      repeat(over.signal, SAMPLE_MS, async () => {
        samples.push(await sample(urls, dataSource));
      }),
      ...urls.map((each) => repeat(over.signal, 0, () => read(each, tally))),
    ];
    const ended = delay(until - Date.now()).then(() => over.abort());
    await Promise.race([ended, Promise.all(loops)]);
    over.abort();
    await Promise.all(loops);
    tally.check('samples of memory, handles and tables', samples.length);
    tally.violated('soak', growth(samples));
    tally.violated('soak', await history(dataSource, tally));
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
    if (dataSource.isInitialized) await dataSource.destroy();
    await drop();
    await asAdmin('ALTER SYSTEM RESET autovacuum_naptime');
    await asAdmin('SELECT pg_reload_conf()');
    await market.close();
  }
}

async function repeat(signal: AbortSignal, everyMs: number, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work();
    await delay(everyMs);
  }
}

async function makeDue(dataSource: DataSource): Promise<void> {
  await dataSource.query(
    'UPDATE etl_checkpoints SET next_due_at = now() WHERE lease_owner IS NULL AND next_due_at > now()',
  );
}

/** What is kept for days is a day older, and swept as each replica does it by the hour. */
async function passDay(dataSource: DataSource, tally: Tally): Promise<void> {
  const day = `interval '1 day'`;
  await dataSource.query(`UPDATE raw_pages SET fetched_at = fetched_at - ${day}`);
  await dataSource.query(`UPDATE quarantine SET quarantined_at = quarantined_at - ${day}`);
  await dataSource.query(`UPDATE request_logs SET at = at - ${day}`);
  const settings = readSettings({
    RAW_RETENTION_DAYS: String(KEPT_DAYS),
    REQUEST_LOG_RETENTION_DAYS: String(KEPT_DAYS),
  });
  await new Retention(dataSource, settings).sweep(new Date(), new AbortController().signal);
  const [left]: { rows: number }[] = await dataSource.query(
    `SELECT (SELECT count(*) FROM raw_pages WHERE fetched_at < $1)::int
          + (SELECT count(*) FROM quarantine WHERE quarantined_at < $1)::int
          + (SELECT count(*) FROM request_logs WHERE at < $1)::int AS rows`,
    [new Date(Date.now() - (KEPT_DAYS + 0.5) * 86_400_000)],
  );
  tally.inject('days passed');
  if (left?.rows !== 0) tally.violated('retention', [`${left?.rows ?? 0} rows are past it`]);
}

async function read(url: string, tally: Tally): Promise<void> {
  for (const path of ['/data', '/data?source=coingecko&page=2', '/coins/steady-1-0', '/stats', '/nothing']) {
    const response = await fetch(url + path);
    await response.arrayBuffer();
    tally.check(`answers of the API, ${response.status}`);
    if (response.status >= 500) tally.violated('reading', [`${path} answered ${response.status}`]);
  }
}

async function sample(urls: readonly string[], dataSource: DataSource): Promise<Sample> {
  const figures = new Map<string, number>();
  for (const [replica, url] of urls.entries()) {
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const [metric, what] of Object.entries(METRICS)) {
      const value = new RegExp(`^${metric} (\\S+)$`, 'm').exec(text)?.[1];
      if (value === undefined) throw new Error(`/metrics has no ${metric}`);
      figures.set(`${what} of replica ${replica + 1}`, Number(value));
    }
  }
  const [connections]: { connections: number }[] = await dataSource.query(
    `SELECT count(*)::int AS connections FROM pg_stat_activity
     WHERE datname = current_database() AND backend_type = 'client backend'`,
  );
  figures.set('connections', connections?.connections ?? 0);
  const sizes: { name: string; bytes: string }[] = await dataSource.query(
    'SELECT name, pg_total_relation_size(name::regclass) AS bytes FROM unnest($1::text[]) name',
    [[...TABLES, ...SWEPT_TABLES]],
  );
  for (const { name, bytes } of sizes) figures.set(`table ${name}`, Number(bytes));
  return figures;
}

/** The least of the last third against the least of the one before: what is above it is garbage not yet collected. */
function growth(samples: readonly Sample[]): string[] {
  const third = Math.floor(samples.length / 3);
  if (third < 2) return ['too short to tell'];
  const least = (from: number, to: number, figure: string): number =>
    Math.min(...samples.slice(from, to).map((each) => each.get(figure) ?? 0));
  const said: string[] = [];
  for (const figure of samples[0]?.keys() ?? []) {
    const limit = LIMITS.find((each) => each.figure.test(figure));
    const [middle, end] = [least(third, 2 * third, figure), least(2 * third, samples.length, figure)];
    if (limit && end > middle * (1 + limit.share) + limit.more)
      said.push(`${figure} grew from ${middle} to ${end}`);
  }
  return said;
}

/** A quote for each change and no more; every run closed but the one under way. */
async function history(dataSource: DataSource, tally: Tally): Promise<string[]> {
  const rows: { runs: number; failed: number; changes: number; quotes: number }[] = await dataSource.query(
    `SELECT count(*)::int AS runs, count(*) FILTER (WHERE status NOT IN ('success', 'running'))::int AS failed,
            (sum(inserted + updated) - 1)::int AS changes, (SELECT count(*) FROM quotes)::int AS quotes
     FROM etl_runs`,
  );
  const [row] = rows;
  if (!row) return ['no run'];
  tally.inject('runs', row.runs);
  const said = row.failed > 0 ? [`${row.failed} runs failed`] : [];
  // The catalogue’s one record is the one change that is no quote.
  if (row.changes !== row.quotes) said.push(`${row.changes} changes made ${row.quotes} quotes`);
  return said;
}
