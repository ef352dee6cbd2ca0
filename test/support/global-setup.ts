import './register-typescript.cjs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startEmbeddedServer,
  type EmbeddedServer,
} from '../../src/database/embedded-server/embedded-server.js';
import { makeTemplate } from './database.js';

declare global {
  var mintmarkTestServer: EmbeddedServer | undefined;
}

/**
 * One PostgreSQL for the whole run: TEST_DATABASE_URL if set (a superuser's), else an embedded one. When the run is
 * killed, its watchdog stops it and removes the folder.
 */
export default async function setUp(): Promise<void> {
  const given = process.env.TEST_DATABASE_URL;
  process.env.MINTMARK_TEST_SERVER = given ?? (await startServer());
  await makeTemplate();
}

async function startServer(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mintmark-test-'));
  // mkdtemp closes it to everybody; as root PostgreSQL is another user and must pass.
  await chmod(dataDir, 0o711);
  const server = await startEmbeddedServer({
    dataDir,
    packageRoot: process.cwd(),
    durable: false,
    disposable: true,
    log: () => undefined,
  });
  globalThis.mintmarkTestServer = server;
  const admin = new URL(server.url);
  admin.pathname = '/postgres';
  return admin.href;
}
