import { Socket } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import type { EntityManager } from 'typeorm';
import type { DatabaseUrl } from './database-url.js';
import { within } from './within.js';

const CHANNEL = 'mintmark_data';
/** Behind the version of one page among others, of which nobody needs to know at once. */
const MAY_WAIT = ' may wait';
/** Each version makes every cached answer an old one; a load commits dozens of pages a second. */
const PAGES_MS = 1_000;

export interface ListenLimits {
  /** How long a line may have been silent without anybody noticing, but for the patience. */
  readonly lookEveryMs: number;
  /** How long each answer is waited for, that to connecting too. */
  readonly patienceMs: number;
  readonly reconnectMs: number;
  /** Each try in a row that fails doubles the wait, up to this. */
  readonly reconnectAtMostMs: number;
}

const LIMITS: ListenLimits = {
  lookEveryMs: 5_000,
  patienceMs: 2_000,
  reconnectMs: 500,
  reconnectAtMostMs: 8_000,
};

/**
 * A version is never given twice, not even by a PostgreSQL that has lost the last ones in a failover: what is kept under
 * a version must be of that.
 */
const NEXT_VERSION = 'greatest(version + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)';

/**
 * Says to every replica that what readers are shown has changed. The last statement of a transaction. Returns the
 * version that holds once that is committed. What may wait is shown within a second, or with the next that may not.
 */
export async function bumpDataVersion(
  manager: EntityManager,
  urgency: 'at once' | 'may wait' = 'at once',
): Promise<string> {
  const rows: { version: string }[] = await manager.query(
    `WITH bumped AS (UPDATE data_version SET version = ${NEXT_VERSION} RETURNING version)
     SELECT version::text, pg_notify('${CHANNEL}', version::text || $1::text) FROM bumped`,
    [urgency === 'may wait' ? MAY_WAIT : ''],
  );
  if (!rows[0]) throw new Error('the data version has no row');
  return rows[0].version;
}

/**
 * The version of the data as this replica knows it without asking: PostgreSQL tells of every change. While the
 * line to PostgreSQL is down the version is unknown, and nothing may be answered from it. A line that drops every
 * packet looks like one with nothing to tell; so it is asked something every few seconds.
 *
 * Pages are taken note of once a second: the first after a quiet second at once, those that follow together at its
 * end, or with whatever doesn't wait. Until then answers carry the older version, as do those that are read while a
 * commit is being told: they are read anew when the newer one is known.
 */
@Injectable()
export class DataVersion implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(DataVersion.name);
  private version: string | null = null;
  private line: Line | null = null;
  private timer: NodeJS.Timeout | null = null;
  /** Runs for a second after each time that a page was taken note of. */
  private pagesTimer: NodeJS.Timeout | null = null;
  /** The newest of the pages told of meanwhile. */
  private waiting: string | null = null;
  private failures = 0;

  constructor(
    private readonly url: DatabaseUrl,
    private readonly limits = LIMITS,
  ) {}

  current(): string | null {
    return this.version;
  }

  /** What this replica has committed it need not wait to be told. */
  committed(version: string): void {
    if (this.line !== null && this.version !== null) this.learn(this.line, version);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.listen();
  }

  onApplicationShutdown(): void {
    if (this.timer) clearTimeout(this.timer);
    const line = this.line;
    this.line = null;
    this.forget();
    // Without a good-bye: a silent line would never answer it.
    line?.socket.destroy();
  }

  private async listen(): Promise<void> {
    const socket = new Socket();
    const client = new pg.Client({
      connectionString: this.url.value,
      application_name: 'mintmark-listener',
      connectionTimeoutMillis: this.limits.patienceMs,
      stream: () => socket,
    });
    const line: Line = { client, socket };
    this.line = line;
    client.on('error', (error) => this.lose(line, error));
    client.on('end', () => this.lose(line, new Error('the connection was closed')));
    client.on('notification', ({ payload }) => {
      if (payload) this.hear(line, payload);
    });
    try {
      await client.connect();
      await within(this.limits.patienceMs, client.query(`LISTEN ${CHANNEL}`));
      await this.look(line);
    } catch (error) {
      this.lose(line, error);
    }
  }

  /** Proves that the line carries, and finds what it has not told; goes on for as long as the line is this one's. */
  private async look(line: Line): Promise<void> {
    try {
      const { rows } = await within(
        this.limits.patienceMs,
        line.client.query<{ version: string }>('SELECT version::text FROM data_version'),
      );
      if (rows[0]) this.learn(line, rows[0].version);
    } catch (error) {
      this.lose(line, error);
    }
    if (this.line !== line) return;
    this.failures = 0;
    this.timer = setTimeout(() => void this.look(line), this.limits.lookEveryMs);
  }

  private hear(line: Line, payload: string): void {
    const [version] = /^\d+/.exec(payload) ?? [];
    // Anybody may speak on the channel; what isn't a version is none, and the next look finds what there is.
    if (version === undefined || this.line !== line) return;
    if (payload !== version + MAY_WAIT) this.learn(line, version);
    else if (this.pagesTimer) this.waiting = version;
    else this.takeNote(line, version);
  }

  private takeNote(line: Line, version: string): void {
    this.learn(line, version);
    this.pagesTimer = setTimeout(() => {
      this.pagesTimer = null;
      const { waiting } = this;
      this.waiting = null;
      if (waiting !== null) this.takeNote(line, waiting);
    }, PAGES_MS);
  }

  /** What is told and what is found come in any order: an older version must not come back. */
  private learn(line: Line, version: string): void {
    if (this.line !== line) return;
    if (this.version === null || BigInt(version) > BigInt(this.version)) this.version = version;
  }

  private forget(): void {
    this.version = null;
    this.waiting = null;
    if (this.pagesTimer) clearTimeout(this.pagesTimer);
    this.pagesTimer = null;
  }

  private lose(line: Line, reason: unknown): void {
    if (this.line !== line) return;
    this.line = null;
    this.forget();
    if (this.timer) clearTimeout(this.timer);
    line.socket.destroy();
    // Once an outage, not once a try.
    if (this.failures === 0)
      this.logger.warn(
        `Not told of data changes: ${reason instanceof Error ? reason.message : String(reason)}; trying again`,
      );
    const { reconnectMs, reconnectAtMostMs } = this.limits;
    const wait = Math.min(reconnectMs * 2 ** this.failures, reconnectAtMostMs);
    this.failures += 1;
    // Replicas that lost their lines together should not all come back at once.
    this.timer = setTimeout(() => void this.listen(), wait * (0.5 + Math.random() / 2));
  }
}

interface Line {
  readonly client: pg.Client;
  /** Of our own making, so that it can be ended without its other end's help. */
  readonly socket: Socket;
}
