import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AdminToken } from '../../src/config/admin-token.js';
import { readSettings } from '../../src/config/read-settings.js';
import { DatabaseUrl } from '../../src/database/database-url.js';
import { openDatabase } from '../../src/database/open-database.js';
import { RunThreadStart } from '../../src/ingestion/threaded-runs.js';
import { startApp } from '../../src/start-app.js';
import { AnswerValidation } from './answer-validation.js';
import { createTestDatabase } from './database.js';
import type { TestDatabase } from './database.js';
import { until } from './until.js';

export interface Service {
  readonly url: string;
  readonly app: NestExpressApplication;
  readonly database: TestDatabase;
  readonly token: string;
  /** `Authorization` with the token. */
  readonly authorization: Readonly<Record<string, string>>;
  /** Every answer is checked against the OpenAPI document, here and in what builds on it. */
  ask(method: string, path: string, asked?: Asked): Promise<ServiceAnswer>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<ServiceAnswer>;
  post(path: string, headers?: Readonly<Record<string, string>>): Promise<ServiceAnswer>;
  /** Starts a run of a source and waits for its end. */
  run(source: string): Promise<RunRow>;
  /** Starts a run of a source and doesn't wait; its id. */
  begin(source: string): Promise<number>;
  /** Resolves with a source's newest run once it has ended. */
  ended(source: string, runId?: number): Promise<RunRow>;
  rows<Row>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed where it is JSON; a test reads of it what it asserts. */
  readonly body: ReturnType<typeof JSON.parse>;
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
  readonly duplicates: number;
  readonly resumed: boolean;
  readonly warnings: readonly string[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface ServiceOptions {
  /** A database of another service of the same test; else one of its own. */
  readonly database?: TestDatabase;
  /** Where the service reaches its database, given the database's own address; unset: there. */
  readonly databaseUrl?: (url: string) => string | Promise<string>;
  /** After which its connections count as dead; unset: as in production. */
  readonly silenceMs?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Unset: the project's own. */
  readonly crosswalkFile?: string;
  /** The program of the thread that carries out runs, by its name here; unset: this thread does. */
  readonly runThread?: 'run-thread.cjs' | 'dying-run-thread.cjs' | 'looping-run-thread.cjs';
}

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';

/** The complete service in this process, on a database of its own, with an idle scheduler unless told otherwise. */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
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
    COINGECKO_BASE_URL: `${NOWHERE}/api/v3`,
    COINPAPRIKA_BASE_URL: `${NOWHERE}/v1`,
    CSV_PATH: 'test/fixtures/csv',
    ...options.environment,
  });
  const database = options.database ?? (await createTestDatabase(settings));
  const { value } = database.url;
  const databaseUrl = new DatabaseUrl((await options.databaseUrl?.(value)) ?? value);
  const crosswalkFile = options.crosswalkFile ?? join(process.cwd(), 'data', 'identity', 'crosswalk.csv');
  const { app, stop } = await startApp({
    settings,
    adminToken: new AdminToken(token, false),
    version: '0.0.0-test',
    dataSource: await openDatabase(databaseUrl, settings, { ownServer: false, silenceMs: options.silenceMs }),
    databaseUrl,
    crosswalkFile,
    runThread: options.runThread
      ? new RunThreadStart(
          join(process.cwd(), 'test', 'support', options.runThread),
          settings,
          databaseUrl,
          crosswalkFile,
        )
      : null,
  });
  const server: Server = app.getHttpServer();
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const validation = await AnswerValidation.of(url);
  const authorization = { Authorization: `Bearer ${token}` };

  const ask: Service['ask'] = async (method, path, { headers, body: sent } = {}) => {
    const response = await fetch(url + path, { method, headers, body: sent, redirect: 'manual' });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const body: unknown = isJson && text ? JSON.parse(text) : text;
    validation.check(method, path, response, body);
    return { status: response.status, headers: response.headers, text, body };
  };
  const ended: Service['ended'] = (source, runId) =>
    until(`a run of ${source} to end`, async () => {
      const { body } = await ask('GET', `/runs?source=${source}&limit=100`);
      const runs: RunRow[] = body.data;
      const run = runId === undefined ? runs[0] : runs.find((candidate) => candidate.run_id === runId);
      return run && run.status !== 'running' ? run : undefined;
    });
  const begin: Service['begin'] = async (source) => {
    const answer = await ask('POST', `/etl/run?source=${source}`, { headers: authorization });
    if (answer.status !== 202) throw new Error(`${source} was not started: ${answer.text}`);
    const [runId]: number[] = answer.body.data.run_ids;
    if (runId === undefined) throw new Error(`${source} was started without a run`);
    return runId;
  };
  return {
    url,
    app,
    database,
    token,
    authorization,
    ask,
    get: (path, headers) => ask('GET', path, { headers }),
    post: (path, headers) => ask('POST', path, { headers }),
    begin,
    ended,
    run: async (source) => ended(source, await begin(source)),
    rows: (sql, parameters) => database.dataSource.query(sql, parameters),
    stop: async () => {
      await stop();
      if (!options.database) await database.drop();
    },
  };
}
