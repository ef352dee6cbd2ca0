import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import type { EntityManager } from 'typeorm';
import { DatabaseUrl } from './database-url.js';

const CHANNEL = 'mintmark_data';
const RECONNECT_MS = 1_000;

/** Says to every replica that what readers are shown has changed. The last statement of a transaction. */
export async function bumpDataVersion(manager: EntityManager): Promise<void> {
  await manager.query(
    `WITH bumped AS (UPDATE data_version SET version = version + 1 RETURNING version)
     SELECT pg_notify('${CHANNEL}', version::text) FROM bumped`,
  );
}

/**
 * The version of the data as this replica knows it without asking: PostgreSQL tells of every change. While the
 * line to PostgreSQL is down the version is unknown, and nothing may be answered from it.
 */
@Injectable()
export class DataVersion implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(DataVersion.name);
  private version: string | null = null;
  private client: pg.Client | null = null;
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(private readonly url: DatabaseUrl) {}

  current(): string | null {
    return this.version;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.listen();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    const client = this.client;
    this.client = null;
    await client?.end();
  }

  /** A method, because it changes while something else is awaited. */
  private isStopped(): boolean {
    return this.stopped;
  }

  private async listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url.value,
      application_name: 'mintmark-listener',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    const line = { lost: false };
    const onLost = (error?: Error): void => {
      if (line.lost) return;
      line.lost = true;
      this.version = null;
      if (this.client === client) this.client = null;
      if (this.stopped) return;
      this.logger.warn(`Not told of data changes${error ? `: ${error.message}` : ''}; trying again`);
      // The socket may be half open: nothing is waited for.
      client.end().catch((endError: unknown) => {
        this.logger.debug(endError);
      });
      this.timer = setTimeout(() => void this.listen(), RECONNECT_MS);
    };
    client.on('error', onLost);
    client.on('end', () => {
      onLost();
    });
    client.on('notification', ({ payload }) => {
      // A late notification of an older version must not bring it back.
      if (!line.lost && payload && (this.version === null || BigInt(payload) > BigInt(this.version)))
        this.version = payload;
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      const { rows } = await client.query<{ version: string }>('SELECT version::text FROM data_version');
      if (line.lost) return;
      const read = rows[0]?.version ?? null;
      const told = this.version;
      this.version = told !== null && read !== null && BigInt(told) > BigInt(read) ? told : read;
      this.client = client;
      if (this.isStopped()) await client.end();
    } catch (error) {
      onLost(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
