import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { configureApp } from '../../src/app.setup.js';
import { CachedRead } from '../../src/common/answer.interceptor.js';
import { Answer } from '../../src/common/answer.js';
import { CommonModule } from '../../src/common/common.module.js';
import { JsonText } from '../../src/common/exact-json.js';
import { readSettings } from '../../src/config/read-settings.js';
import { createDataSource } from '../../src/database/data-source.js';
import { bumpDataVersion, DataVersion } from '../../src/database/data-version.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { DatabaseUrl } from '../../src/database/database-url.js';
import { HttpMetrics } from '../../src/metrics/http.metrics.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { DatabaseLine } from '../support/database-line.js';
import { stopTimers } from '../support/stopped-timers.js';

@Controller()
class PriceController {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  @Get('other')
  @CachedRead()
  other(): Promise<Answer> {
    return this.price();
  }

  @Get('price')
  @CachedRead()
  async price(): Promise<Answer> {
    const rows: { text: string }[] = await this.dataSource.query(
      'SELECT json_agg(data_version)::text AS text FROM data_version',
    );
    return new Answer(new JsonText(rows[0]?.text ?? '[]'));
  }
}

describe('the HTTP frame on PostgreSQL', () => {
  let database: TestDatabase;
  let line: DatabaseLine;
  let dataSource: DataSource;
  let app: NestExpressApplication;
  let base: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    line = await DatabaseLine.open(database.url.value);
    dataSource = await createDataSource(line.url, { poolSize: 4, idleTransactionSeconds: 30 }).initialize();
    app = await startFrame(dataSource, new DatabaseUrl(line.url));
    base = await app.getUrl();
  });

  afterAll(async () => {
    await line.close();
    await database.drop();
  });

  const ask = (tag = ''): Promise<Response> =>
    fetch(`${base}/price`, { headers: { 'X-Request-ID': 'asked', ...(tag && { 'If-None-Match': tag }) } });

  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await database.dataSource.query('SELECT 1');
  }

  it('answers 304 until the data changes', async () => {
    const tag = (await ask()).headers.get('etag') ?? '';
    expect((await ask(tag)).status).toBe(304);
    const version = app.get(DataVersion);
    const before = version.current();
    await dataSource.transaction((manager) => bumpDataVersion(manager));
    await until(() => version.current() !== before);
    const changed = await ask(tag);
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(tag);
  });

  it('serves what it has while the database is away, and recovers by itself', async () => {
    const version = app.get(DataVersion);
    const current = await (await ask()).json();
    await line.cut();
    await until(() => version.current() === null);

    const stale = await ask();
    expect(stale.status).toBe(200);
    expect(stale.headers.get('warning')).toBe('110 - "Response is Stale"');
    expect(stale.headers.get('age')).toMatch(/^\d+$/);
    expect(await stale.json()).toMatchObject({ data: (current as { data: unknown }).data });
    const missing = await fetch(`${base}/other`);
    expect(missing.status).toBe(503);
    expect(missing.headers.get('retry-after')).toBe('5');

    await line.restore();
    await until(() => version.current() !== null);
    const back = await ask();
    expect(back.headers.get('warning')).toBeNull();
    expect(back.headers.get('etag')).toMatch(/^W\//);
  });

  it('has written its request log when it is closed', async () => {
    await app.close();
    await dataSource.destroy();
    const rows: { count: string }[] = await database.dataSource.query(
      `SELECT count(*) FROM request_logs WHERE request_id = 'asked' AND route = '/price'`,
    );
    expect(Number(rows[0]?.count)).toBeGreaterThanOrEqual(6);
  });
});

describe('reads during a load', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let app: NestExpressApplication;
  let base: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    stopTimers();
    const url = new DatabaseUrl(database.url.value);
    dataSource = await createDataSource(url.value, { poolSize: 4, idleTransactionSeconds: 30 }).initialize();
    app = await startFrame(dataSource, url);
    base = await app.getUrl();
  });
  afterAll(async () => {
    jest.useRealTimers();
    await app.close();
    await dataSource.destroy();
    await database.drop();
  });

  const commit = (urgency: 'at once' | 'may wait'): Promise<string> =>
    dataSource.transaction((manager) => bumpDataVersion(manager, urgency));
  const known = async (version: string, meanwhile = (): void => undefined): Promise<void> => {
    while (app.get(DataVersion).current() !== version) {
      meanwhile();
      await database.dataSource.query('SELECT 1');
    }
  };
  async function read(path: string, tag = ''): Promise<{ status: number; tag: string; shown: string }> {
    const answer = await fetch(base + path, { headers: tag ? { 'If-None-Match': tag } : {} });
    const body = await answer.text();
    const shown = body && String(JSON.parse(body).data[0].version);
    return { status: answer.status, tag: answer.headers.get('etag') ?? '', shown };
  }

  it('show pages together when a second is over, and whatever else is committed at once', async () => {
    const first = await commit('may wait');
    await known(first);
    const page = await read('/price');
    expect(page.shown).toBe(first);
    // From the front, from the second time on.
    await read('/price');

    await commit('may wait');
    const third = await commit('may wait');
    expect(await read('/price')).toEqual({ status: 200, tag: page.tag, shown: first });
    expect((await read('/price', page.tag)).status).toBe(304);
    // What nobody has asked for is read as it is, and is not taken for current when the second is over.
    const early = await read('/other');
    expect(early.shown).toBe(third);
    await known(third, () => jest.advanceTimersByTime(1_000));
    const later = await read('/price', page.tag);
    expect(later).toMatchObject({ status: 200, shown: third });
    expect((await read('/other', early.tag)).status).toBe(200);
    await read('/price');

    const fourth = await commit('may wait');
    expect((await read('/price')).shown).toBe(third);
    const ended = await commit('at once');
    await known(ended);
    expect(BigInt(ended)).toBeGreaterThan(BigInt(fourth));
    expect(await read('/price', later.tag)).toMatchObject({ status: 200, shown: ended });
  });
});

async function startFrame(dataSource: DataSource, url: DatabaseUrl): Promise<NestExpressApplication> {
  @Module({
    imports: [DatabaseModule.with(dataSource, url), CommonModule.with('1.2.3', readSettings({}))],
    controllers: [PriceController],
    providers: [HttpMetrics],
  })
  class PriceModule {}

  const app = await NestFactory.create<NestExpressApplication>(PriceModule, {
    bodyParser: false,
    logger: false,
  });
  configureApp(app);
  await app.listen(0, '127.0.0.1');
  return app;
}
