import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as elapsed } from 'node:timers/promises';
import { startEmbeddedServer } from '../../src/database/embedded-server/embedded-server.js';
import { Client } from 'pg';
import { createTestDatabase, makeTemplate } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { BenchProcess } from './bench-process.js';
import type { FullLoad, LoadOutcome, OneByOne, SteadyLoad } from './load.js';
import type { Listed } from './questions.js';
import { ServiceUnderTest } from './service-under-test.js';
import type { Sizes } from './sizes.js';

/** What all parts of the bench stand on: one PostgreSQL, set up as in production, a load generator, the sources. */
export class Ground {
  private readonly leaving: (() => Promise<void>)[] = [];
  private market: { process: BenchProcess; url: string } | null = null;
  private generator: BenchProcess | null = null;
  private readonly begun = performance.now();
  private roundsEnd = Infinity;

  private constructor(
    readonly sizes: Sizes,
    /** Empty at first; gone with the bench. */
    readonly folder: string,
  ) {}

  /** Of PostgreSQL; known once it is open. */
  serverVersion = 'unknown';

  static async open(sizes: Sizes): Promise<Ground> {
    const folder = await mkdtemp(join(tmpdir(), 'mintmark-bench-'));
    // As root PostgreSQL is another user and must pass.
    await chmod(folder, 0o711);
    const ground = new Ground(sizes, folder);
    ground.leaving.push(() => rm(folder, { recursive: true, force: true }));
    try {
      const server = await startEmbeddedServer({
        dataDir: join(folder, 'postgres'),
        packageRoot: process.cwd(),
        disposable: true,
        log: () => undefined,
      });
      ground.leaving.push(() => server.stop());
      const admin = new URL(server.url);
      admin.pathname = '/postgres';
      process.env.MINTMARK_TEST_SERVER = admin.href;
      await makeTemplate();
      ground.serverVersion = await versionOf(server.url);
      return ground;
    } catch (error) {
      await ground.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const leave of this.leaving.splice(0).reverse()) await leave();
  }

  /** Runs a part; whatever it took from the ground goes back with its end. */
  async during<T>(part: (place: Place) => Promise<T>): Promise<T> {
    const place = new Place(this);
    try {
      return await part(place);
    } finally {
      await place.close();
    }
  }

  async fullLoad(load: FullLoad): Promise<LoadOutcome> {
    return (await this.generating()).ask('full load', load);
  }

  /** Milliseconds of each. */
  async oneByOne(reads: OneByOne): Promise<number[]> {
    return (await this.generating()).ask('one by one', reads);
  }

  async steadyFor(ms: number, load: SteadyLoad): Promise<LoadOutcome> {
    const end = await this.beginSteadyLoad(load);
    await elapsed(ms);
    return end();
  }

  /** Goes on until it is ended. */
  async beginSteadyLoad(load: SteadyLoad): Promise<() => Promise<LoadOutcome>> {
    const generator = await this.generating();
    await generator.ask('begin steady load', load);
    return () => generator.ask('end steady load');
  }

  /** The settings with which a service uses the sources' stand-in. */
  async sources(): Promise<Record<string, string>> {
    const { url } = await this.standIn();
    return { COINGECKO_BASE_URL: `${url}/api/v3`, COINPAPRIKA_BASE_URL: `${url}/v1` };
  }

  /** The next of so many parts begins: it has its share of the time that is left. */
  beginPart(partsLeft: number): void {
    const now = performance.now();
    this.roundsEnd = now + (this.begun + this.sizes.seconds * 1000 - now) / partsLeft;
  }

  /** Rounds from 1: as many as are meant, or fewer where they would take longer than the part's share of the time. */
  rounds(most: number): Iterable<number> {
    const end = this.roundsEnd;
    return (function* () {
      for (let round = 1; round <= most && (round === 1 || performance.now() < end); round++) yield round;
    })();
  }

  /** What the sources list from now on. */
  async list(listed: Listed): Promise<void> {
    const { process } = await this.standIn();
    await process.ask('market', listed);
  }

  private async standIn(): Promise<{ process: BenchProcess; url: string }> {
    if (!this.market) {
      this.market = await BenchProcess.file('stand-in-sources.ts');
      const { process } = this.market;
      this.leaving.push(() => process.stop());
    }
    return this.market;
  }

  private async generating(): Promise<BenchProcess> {
    if (!this.generator) {
      const { process } = await BenchProcess.file('load-generator.ts');
      this.generator = process;
      this.leaving.push(() => process.stop());
    }
    return this.generator;
  }
}

/** What one part of the bench has for itself. */
export class Place {
  private readonly leaving: (() => Promise<void>)[] = [];

  constructor(private readonly ground: Ground) {}

  /** Empty but migrated. */
  async database(): Promise<TestDatabase> {
    const database = await createTestDatabase();
    this.leaving.push(() => database.drop());
    return database;
  }

  async service(
    database: TestDatabase,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ServiceUnderTest> {
    const service = await ServiceUnderTest.start(database, environment);
    this.leaving.push(() => service.stop());
    return service;
  }

  async contestant(
    name: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ process: BenchProcess; url: string }> {
    const contestant = await BenchProcess.file(join('contestants', `${name}.ts`), environment);
    this.leaving.push(() => contestant.process.stop());
    return contestant;
  }

  async file(name: string, content: string | Buffer): Promise<string> {
    const path = join(this.ground.folder, name);
    await writeFile(path, content);
    return path;
  }

  async close(): Promise<void> {
    for (const leave of this.leaving.splice(0).reverse()) await leave();
  }
}

/** The same after a round 0, which is for the compilers, and for PostgreSQL to have read its tables. */
export function* fromWarmUp(rounds: Iterable<number>): Iterable<number> {
  yield 0;
  yield* rounds;
}

async function versionOf(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? 'unknown';
  } finally {
    await client.end();
  }
}
