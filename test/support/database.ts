import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { readSettings } from '../../src/config/read-settings.js';
import type { Settings } from '../../src/config/settings.js';
import { DatabaseUrl } from '../../src/database/database-url.js';
import { openDatabase } from '../../src/database/open-database.js';

/** Migrated once, cloned for each test file: a clone takes a fraction of a migration's time. */
const TEMPLATE = 'mintmark_template';

function serverUrl(): string {
  const url = process.env.MINTMARK_TEST_SERVER;
  if (!url) throw new Error('MINTMARK_TEST_SERVER is missing: Jest’s global setup did not run');
  return url;
}

function urlOf(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  return url.href;
}

export async function asAdmin(statement: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Called once, before any test file. */
export async function makeTemplate(): Promise<void> {
  await asAdmin(`DROP DATABASE IF EXISTS ${TEMPLATE}`);
  await asAdmin(`CREATE DATABASE ${TEMPLATE}`);
  const dataSource = await openDatabase(new DatabaseUrl(urlOf(TEMPLATE)), readSettings({}), {
    ownServer: false,
  });
  await dataSource.destroy();
}

export interface TestDatabase {
  readonly url: DatabaseUrl;
  /** A connection of the test's own, apart from the app's. */
  readonly dataSource: DataSource;
  drop(): Promise<void>;
}

/** A database of the calling test file's own, empty but migrated. */
export async function createTestDatabase(settings: Settings = readSettings({})): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  const url = new DatabaseUrl(urlOf(name));
  const dataSource = await openDatabase(url, settings, { ownServer: false });
  return {
    url,
    dataSource,
    drop: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      await asAdmin(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** An empty database without any table, for what migrates by itself. */
export async function createEmptyDatabase(
  options = '',
): Promise<{ url: DatabaseUrl; drop: () => Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE template0 ${options}`);
  return {
    url: new DatabaseUrl(urlOf(name)),
    drop: () => asAdmin(`DROP DATABASE ${name} WITH (FORCE)`),
  };
}
