import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AdminToken } from '../../src/config/admin-token.js';
import { readSettings } from '../../src/config/read-settings.js';
import { openDatabase } from '../../src/database/open-database.js';
import { startApp } from '../../src/start-app.js';
import { validateAnswer } from './answer-validation.js';
import { createTestDatabase } from './database.js';
import type { TestDatabase } from './database.js';
import { until } from './until.js';

export interface Service {
  readonly url: string;
  readonly app: NestExpressApplication<Server>;
  readonly database: TestDatabase;
  readonly token: string;
  /** Every answer is checked against the OpenAPI document. */
  get(path: string, headers?: Record<string, string>): Promise<ServiceAnswer>;
  post(path: string, headers?: Record<string, string>): Promise<ServiceAnswer>;
  /** Starts a run of a source and waits for its end. */
  run(source: string): Promise<RunRow>;
  /** Resolves with a source's newest run once it has ended. */
  ended(source: string, runId?: number): Promise<RunRow>;
  rows<Row>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test reads what it asserts
  readonly body: any;
}

export interface RunRow {
  readonly run_id: number;
  readonly source: string;
  readonly status: string;
  readonly pages: number;
  readonly extracted: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly quarantined: number;
  readonly resumed: boolean;
  readonly warnings: readonly string[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface ServiceOptions {
  /** A database of another service of the same test; else one of its own. */
  readonly database?: TestDatabase;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The complete service in this process, on a database of its own, with an idle scheduler unless told otherwise. */
export async function startService({ database, environment = {} }: ServiceOptions = {}): Promise<Service> {
  const token = randomBytes(12).toString('hex');
  const settings = readSettings({
    NODE_ENV: 'test',
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'silent',
    ETL_ON_STARTUP: 'false',
    SOURCE_RETRIES: '1',
    SOURCE_RETRY_DELAY_MS: '5',
    COINGECKO_RATE_LIMIT: '60000',
    COINPAPRIKA_RATE_LIMIT: '60000',
    COINGECKO_BASE_URL: 'http://127.0.0.1:9/api/v3',
    COINPAPRIKA_BASE_URL: 'http://127.0.0.1:9/v1',
    CSV_PATH: 'test/fixtures/csv',
    ...environment,
  });
  const own = database ?? (await createTestDatabase(settings));
  const app = await startApp({
    settings,
    adminToken: new AdminToken(token, false),
    version: '0.0.0-test',
    dataSource: await openDatabase(own.url, settings, { ownServer: false }),
    databaseUrl: own.url,
    crosswalkFile: join(process.cwd(), 'data', 'identity', 'crosswalk.csv'),
  });
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const ask = async (method: string, path: string, headers: Record<string, string> = {}): Promise<ServiceAnswer> => {
    const response = await fetch(url + path, { method, headers, redirect: 'manual' });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const body: unknown = isJson && text ? JSON.parse(text) : text;
    await validateAnswer(url, method, path, response, body);
    return { status: response.status, headers: response.headers, text, body };
  };
  const rows = <Row>(sql: string, parameters?: unknown[]): Promise<Row[]> => own.dataSource.query(sql, parameters);
  const ended = (source: string, runId?: number): Promise<RunRow> =>
    until(`a run of ${source} to end`, async () => {
      const runs: RunRow[] = (await ask('GET', `/runs?source=${source}&limit=100`)).body.data;
      const run = runId === undefined ? runs[0] : runs.find((candidate) => candidate.run_id === runId);
      return run && run.status !== 'running' ? run : undefined;
    });
  const authorization = { Authorization: `Bearer ${token}` };
  return {
    url,
    app,
    database: own,
    token,
    get: (path, headers) => ask('GET', path, headers),
    post: (path, headers) => ask('POST', path, headers),
    ended,
    rows,
    run: async (source) => {
      const answer = await ask('POST', `/etl/run?source=${source}`, authorization);
      if (answer.status !== 202) throw new Error(`${source} was not started: ${answer.text}`);
      return ended(source, answer.body.data.run_ids[0]);
    },
    stop: async () => {
      await app.close();
      if (!database) await own.drop();
    },
  };
}
