import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import { createEmptyDatabase } from '../support/database.js';
import { DatabaseLine } from '../support/database-line.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';
import { Invariants } from './invariants.js';
import { Readers } from './readers.js';
import { SeededRandom } from './seeded-random.js';
import { SequencedMarket } from './sequenced-market.js';
import { Tally, befalling } from './tally.js';

/** `KILL` and `TERM` end a process, `FREEZE` stops it for longer than its lease, `CUT` ends its connections. */
export type Fate = 'KILL' | 'TERM' | 'FREEZE' | 'CUT';

interface Replica {
  readonly process: ServiceProcess;
  readonly line: DatabaseLine;
  url: string | null;
}

/** Processes that are loaded before they are needed, which takes the longest. */
const SPARES = 2;
const PUMP_MS = 50;
/** An answer is loaded in about this time: what is to happen meanwhile happens within it. */
const LOADING_MS = 40;
const LEASE_SECONDS = 1;
/**
 * Runs whose source was claimed although they had shown a sign of life within their lease; half of it is left to
 * what comes between the two.
 */
const ROBBED = `
  SELECT r.run_id FROM etl_runs r JOIN etl_runs n ON n.source = r.source AND n.fence = r.fence + 1
  WHERE r.status = 'interrupted' AND r.error_message LIKE 'its process went away%'
    AND n.started_at < r.heartbeat_at + make_interval(secs => $1::float8 / 2)`;

/** Several service processes on one database that was empty, and what befalls them while data flows. */
export class ReplicaStorm {
  private readonly random: SeededRandom;
  private readonly replicas = new Set<Replica>();
  private readonly spares: ServiceProcess[] = [];
  private readonly launches = new Set<Promise<void>>();
  private readonly over = new AbortController();
  private pumping: Promise<void> = Promise.resolve();
  private readers: Readers | null = null;

  private constructor(
    seed: number,
    readonly tally: Tally,
    private readonly market: SequencedMarket,
    private readonly database: { readonly url: string; drop(): Promise<void> },
    private readonly dataSource: DataSource,
    private readonly invariants: Invariants,
  ) {
    this.random = new SeededRandom(seed);
  }

  static async open(seed: number, tally = new Tally()): Promise<ReplicaStorm> {
    const market = await SequencedMarket.open({ pages: 3 });
    const { url, drop } = await createEmptyDatabase();
    const dataSource = createDataSource(url.value, { poolSize: 4, idleTransactionSeconds: 30 });
    await dataSource.initialize();
    const invariants = new Invariants(dataSource, market);
    return new ReplicaStorm(seed, tally, market, { url: url.value, drop }, dataSource, invariants);
  }

  /** All at the same moment, on a database without any table: it is migrated once, and its source runs once. */
  async begin(replicas: number): Promise<void> {
    this.prepare(replicas);
    await Promise.all(this.spares.map((spare) => spare.ready()));
    await Promise.all(Array.from({ length: replicas }, () => this.launch()));
    await until('the first run to succeed', async () => this.runs(`status = 'success'`));
    this.tally.inject('processes started at once', replicas);
    const [migrated]: { again: number; all: number }[] = await this.dataSource.query(
      'SELECT count(*)::int AS all, (count(*) - count(DISTINCT name))::int AS again FROM migrations',
    );
    if (!migrated?.all || migrated.again > 0)
      this.tally.violated('start', [`${migrated?.again ?? 0} of ${migrated?.all ?? 0} migrations ran twice`]);
    const started = await this.runs('true');
    if (started !== 1) this.tally.violated('start', [`${started} runs of one source that was due once`]);
    this.tally.violated('start', await this.invariants.violationsAtRest());
    this.tally.check('starts');
    this.pumping = this.pump();
    this.readers = new Readers(this.invariants, this.market, this.tally, this.random, () =>
      this.live.flatMap(({ url }) => url ?? []),
    );
  }

  /**
   * One after the other befalls somebody, mostly whoever holds the lease; each ended one is replaced, or isn't. The
   * replacement comes by and by: two are enough to go on.
   */
  async befall(fate: Fate, { replace }: { replace: boolean }): Promise<void> {
    if (replace) this.prepare(SPARES);
    await until('two replicas', async () => this.live.length >= 2);
    const victim = await this.chooseVictim();
    this.tally.inject(befalling(fate));
    switch (fate) {
      case 'KILL':
        victim.process.signal('SIGKILL');
        await this.bury(victim);
        break;
      case 'TERM': {
        victim.process.signal('SIGTERM');
        const { code, signal } = await this.bury(victim);
        if (code !== 0) this.tally.violated('TERM', [`ended with ${code ?? signal ?? 'nothing'}`]);
        break;
      }
      case 'FREEZE': {
        victim.process.signal('SIGSTOP');
        const fence = await this.fence();
        await until('another to take over', async () => (await this.fence()) > fence);
        await delay(this.random.below(LOADING_MS));
        victim.process.signal('SIGCONT');
        break;
      }
      case 'CUT':
        await victim.line.cut();
        await delay(this.random.below(LOADING_MS));
        await victim.line.restore();
        break;
    }
    if (replace && !this.replicas.has(victim)) {
      const launch = this.launch().finally(() => this.launches.delete(launch));
      this.launches.add(launch);
    }
    const pages = await this.pages();
    await until('data to flow again', async () => (await this.pages()) > pages);
  }

  /** Nothing more befalls anybody: the data must come to rest as the source has it. */
  async end(): Promise<void> {
    await Promise.all(this.launches);
    await this.stopPump();
    await this.dataSource.query(`UPDATE etl_checkpoints SET next_due_at = now() + interval '1 day'`);
    await until('the last run to end', async () => (await this.runs(`status = 'running'`)) === 0);
    const before = await this.runs('true');
    await this.dataSource.query(`UPDATE etl_checkpoints SET next_due_at = now(), cool_down_until = NULL`);
    await until('one more run to succeed', async () => this.runs(`status = 'success' AND fence > ${before}`));
    await this.readers?.stop();
    this.tally.violated('at rest', await this.invariants.violationsAtRest());
    const robbed: { run_id: string }[] = await this.dataSource.query(ROBBED, [LEASE_SECONDS]);
    this.tally.violated(
      'leases',
      robbed.map(({ run_id }) => `run ${run_id} was claimed by another within its lease`),
    );
    this.tally.check('states at rest');
    for (const replica of this.replicas) replica.process.signal('SIGTERM');
    for (const replica of [...this.replicas]) {
      const { code, signal } = await this.bury(replica);
      if (code !== 0) this.tally.violated('the end', [`a process ended with ${code ?? signal ?? 'nothing'}`]);
    }
  }

  async close(): Promise<void> {
    await this.stopPump();
    await this.readers?.stop();
    const processes = [...this.spares, ...[...this.replicas].map((replica) => replica.process)];
    for (const process of processes) process.signal('SIGKILL');
    for (const process of processes) await process.exited;
    for (const { line } of this.replicas) await line.close();
    await this.dataSource.destroy();
    await this.database.drop();
    await this.market.close();
  }

  /** Those that answer. */
  private get live(): Replica[] {
    return [...this.replicas].filter(({ url }) => url !== null);
  }

  private prepare(count: number): void {
    while (this.spares.length < count) this.spares.push(new ServiceProcess());
  }

  private async launch(): Promise<void> {
    const process = this.spares.shift() ?? new ServiceProcess();
    const line = await DatabaseLine.open(this.database.url);
    const replica: Replica = { process, line, url: null };
    this.replicas.add(replica);
    process.start({
      ...this.market.environment,
      NODE_ENV: 'test',
      DATABASE_URL: line.url,
      DATABASE_POOL_SIZE: '4',
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'silent',
      ETL_TICK_SECONDS: '0.2',
      ETL_LEASE_SECONDS: String(LEASE_SECONDS),
      API_RATE_LIMIT: '0',
    });
    try {
      replica.url = await process.url();
    } catch (error) {
      this.tally.violated('start', [error instanceof Error ? error.message : String(error)]);
    }
  }

  private async bury(replica: Replica): ServiceProcess['exited'] {
    this.replicas.delete(replica);
    const ended = await replica.process.exited;
    await replica.line.close();
    return ended;
  }

  /** When it is asked for the next page, or at some moment of loading it. */
  private async chooseVictim(): Promise<Replica> {
    await new Promise<void>((asked) => {
      this.market.beforeSending = () => {
        this.market.beforeSending = () => undefined;
        asked();
      };
    });
    await delay(this.random.below(LOADING_MS));
    const rows: { lease_owner: string | null }[] = await this.dataSource.query(
      'SELECT lease_owner FROM etl_checkpoints',
    );
    const pid = Number(rows[0]?.lease_owner?.split('/')[1]);
    const { live } = this;
    const holder = live.find(({ process }) => process.pid === pid);
    const anybody = live[this.random.below(live.length)];
    const victim = this.random.below(5) === 0 ? anybody : (holder ?? anybody);
    if (!victim) throw new Error('there is no replica left');
    return victim;
  }

  /** As a schedule of milliseconds would: a source is due as soon as nobody works on it. */
  private async pump(): Promise<void> {
    while (!this.over.signal.aborted) {
      await this.dataSource.query(
        'UPDATE etl_checkpoints SET next_due_at = now() WHERE lease_owner IS NULL AND next_due_at > now()',
      );
      await delay(PUMP_MS);
    }
  }

  private async stopPump(): Promise<void> {
    this.over.abort();
    await this.pumping;
  }

  private async fence(): Promise<number> {
    const rows: { fence: string }[] = await this.dataSource.query('SELECT fence FROM etl_checkpoints');
    return Number(rows[0]?.fence);
  }

  private async runs(condition: string): Promise<number> {
    const rows: { runs: number }[] = await this.dataSource.query(
      `SELECT count(*)::int AS runs FROM etl_runs WHERE ${condition}`,
    );
    return rows[0]?.runs ?? 0;
  }

  private async pages(): Promise<number> {
    const rows: { pages: number }[] = await this.dataSource.query(
      'SELECT coalesce(sum(pages), 0)::int AS pages FROM etl_runs',
    );
    return rows[0]?.pages ?? 0;
  }
}
