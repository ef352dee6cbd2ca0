import { inspect } from 'node:util';
import { HttpModule } from '@nestjs/axios';
import { Test, type TestingModule } from '@nestjs/testing';
import { Settings } from '../../src/config/settings.js';
import type { SourceHttp, SourceIo } from '../../src/ingestion/source-adapter.js';
import { RunEvents } from '../../src/ingestion/run-events.js';
import { type RequestHooks, SourceClient } from '../../src/ingestion/source-client.js';
import { HeardRunEvents } from './heard-run-events.js';
import { json, type MisbehavingServer, startServer } from './misbehaving-server.js';

export const ok = json([{ id: 'bitcoin' }]);
export const serviceDown = json({ error: 'down' }, 503);

/** The real client and a server for it to ask, new for each test. */
class SourceClientGround {
  server!: MisbehavingServer;
  /** Servers beside the first; closed after a test that failed too, or Jest would wait for them. */
  others: { close(): Promise<void> }[] = [];
  settings!: Settings;
  client!: SourceClient;
  events!: HeardRunEvents;
  /** The run that asks. */
  run!: AbortController;
  private application!: TestingModule;

  async open(): Promise<void> {
    const environment = Object.entries(process.env).filter(([name]) => !/proxy$/i.test(name));
    jest.replaceProperty(process, 'env', Object.fromEntries(environment));
    this.server = await startServer(ok);
    this.others = [];
    this.run = new AbortController();
    this.settings = Object.assign(new Settings(), { SOURCE_RETRY_DELAY_MS: 1, SOURCE_MAX_MEGABYTES: 1 });
    this.events = new HeardRunEvents();
    this.application = await Test.createTestingModule({
      imports: [HttpModule],
      providers: [
        SourceClient,
        { provide: Settings, useValue: this.settings },
        { provide: RunEvents, useValue: this.events },
      ],
    }).compile();
    this.client = this.application.get(SourceClient);
  }

  async close(): Promise<void> {
    this.run.abort();
    jest.useRealTimers();
    jest.restoreAllMocks();
    await this.application.close();
    await Promise.all([this.server, ...this.others].map((open) => open.close()));
  }

  readonly source = (
    name: string,
    http: Partial<SourceHttp> = {},
    hooks: Partial<RequestHooks> = {},
  ): Pick<SourceIo, 'get'> =>
    this.client.open(
      name,
      {
        baseUrl: `${this.server.url}/api/v3`,
        headers: {},
        requestsPerMinute: 60_000,
        monthlyQuota: null,
        ...http,
      },
      { beforeRequest: async () => undefined, signal: this.run.signal, ...hooks },
    );
}

/** One call at the head of a spec. */
export function sourceClientGround(): SourceClientGround {
  const ground = new SourceClientGround();
  beforeEach(() => ground.open());
  afterEach(() => ground.close());
  return ground;
}

/** The error of one request; a test that expects one fails on an answer. */
export async function failureOf(request: Promise<unknown>): Promise<Error> {
  const outcome = await request.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) throw new Error(`answered ${inspect(outcome.value)}`);
  if (!(outcome.error instanceof Error)) throw new Error(`threw ${inspect(outcome.error)}`);
  return outcome.error;
}

/** Only the clocks move; timers and sockets stay real. */
export function stopTheClocks(): void {
  jest.useFakeTimers({
    now: Date.now(),
    doNotFake: [
      'hrtime',
      'nextTick',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'setTimeout',
      'clearTimeout',
    ],
  });
}

export function laterBy(seconds: number): void {
  jest.advanceTimersByTime(seconds * 1000);
}
