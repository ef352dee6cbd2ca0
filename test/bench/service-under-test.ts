import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';
import { BenchProcess } from './bench-process.js';

const TOKEN = 'the-bench';
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';
const RUN_LIMIT_MS = 30 * 60_000;

interface RunRow {
  readonly status: string;
  readonly pages: number;
  readonly extracted: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
}

export interface FinishedRun extends RunRow {
  /** Those in which it asked the source included: that goes on beside the writing, so none can be taken off. */
  readonly seconds: number;
}

/** Mintmark as it runs in production, everything on, in a process of its own. */
export class ServiceUnderTest {
  private constructor(
    readonly process: BenchProcess,
    readonly url: string,
    readonly database: TestDatabase,
  ) {}

  static async start(
    database: TestDatabase,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ServiceUnderTest> {
    const port = await freePort();
    const started = BenchProcess.program('dist/src/main.js', {
      DATABASE_URL: database.url.value,
      HOST: '127.0.0.1',
      PORT: String(port),
      ADMIN_TOKEN: TOKEN,
      LOG_LEVEL: 'info',
      // One client makes all requests.
      API_RATE_LIMIT: '0',
      // Runs begin when they are told to.
      ETL_ON_STARTUP: 'false',
      ETL_TICK_SECONDS: '3600',
      COINGECKO_BASE_URL: `${NOWHERE}/api/v3`,
      COINPAPRIKA_BASE_URL: `${NOWHERE}/v1`,
      COINGECKO_MAX_COINS: '100000',
      COINGECKO_RATE_LIMIT: '100000',
      COINPAPRIKA_RATE_LIMIT: '100000',
      COINGECKO_MONTHLY_QUOTA: '1000000000',
      COINPAPRIKA_MONTHLY_QUOTA: '1000000000',
      ...environment,
    });
    const service = new ServiceUnderTest(started, `http://127.0.0.1:${port}`, database);
    await until('the service to be ready', async () => {
      if (started.hasEnded) throw new Error(`the service ended: ${started.complaint}`);
      return (await reached(`${service.url}/health/ready`))?.ok;
    });
    return service;
  }

  async text(path: string): Promise<string> {
    const answer = await fetch(this.url + path);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return text;
  }

  /** The tag by which an answer can be asked for again. */
  async tag(path: string): Promise<string> {
    const answer = await fetch(this.url + path);
    await answer.arrayBuffer();
    return answer.headers.get('etag') ?? '';
  }

  /** Makes everything that was read so far old, as a page that is loaded does; resolves when the service knows. */
  async changeData(): Promise<void> {
    const before = await this.tag('/data?limit=1');
    await this.database.dataSource.query(
      `WITH bumped AS (UPDATE data_version SET version = version + 1 RETURNING version)
       SELECT pg_notify('mintmark_data', version::text) FROM bumped`,
    );
    await until('another version of the data', async () => (await this.tag('/data?limit=1')) !== before);
  }

  /** Begins a run of a source and waits for its end; anything but success is an error. */
  async run(source: string): Promise<FinishedRun> {
    const before = await this.spentOn(source);
    const answer = await fetch(`${this.url}/etl/run?source=${source}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    const { data } = (await answer.json()) as { data?: { run_ids?: number[] } };
    const runId = data?.run_ids?.[0];
    if (runId === undefined) throw new Error(`${source} was not started: ${answer.status}`);
    const run = await this.ended(runId);
    // The row is written a moment before the process has counted it.
    const after = await until(`run ${runId} to be counted`, async () => {
      const spent = await this.spentOn(source);
      return spent.runs > before.runs && spent;
    });
    if (run.status !== 'success') throw new Error(`run ${runId} of ${source}: ${JSON.stringify(run)}`);
    const seconds = after.runSeconds - before.runSeconds;
    return { ...run, seconds };
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  private ended(runId: number): Promise<RunRow> {
    return until(
      `run ${runId} to end`,
      async () => {
        if (this.process.hasEnded) throw new Error(`the service ended: ${this.process.complaint}`);
        const rows: (RunRow | undefined)[] = await this.database.dataSource.query(
          `SELECT status, pages, extracted, inserted, updated, unchanged, error_code, error_message
           FROM etl_runs WHERE run_id = $1 AND status <> 'running'`,
          [runId],
        );
        return rows[0];
      },
      RUN_LIMIT_MS,
    );
  }

  private async spentOn(source: string): Promise<{ runs: number; runSeconds: number }> {
    const lines = (await this.text('/metrics')).split('\n');
    const value = (name: string): number => {
      const series = `${name}{source="${source}"} `;
      const line = lines.find((each) => each.startsWith(series));
      if (line === undefined) throw new Error(`/metrics has no ${series}`);
      return Number(line.slice(series.length));
    };
    return {
      runs: value('mintmark_run_duration_seconds_count'),
      runSeconds: value('mintmark_run_duration_seconds_sum'),
    };
  }
}

async function reached(url: string): Promise<Response | null> {
  try {
    return await fetch(url);
  } catch (error) {
    // Not listening yet.
    if (error instanceof TypeError) return null;
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
