import { connect } from 'node:net';
import { Controller, Get, Param } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { createTestDatabase } from '../../test/support/database.js';
import type { TestDatabase } from '../../test/support/database.js';
import { startFramedApp } from '../../test/support/framed-app.js';
import { createDataSource } from '../database/data-source.js';
import { Exchanges } from './exchanges.js';
import { RequestLog } from './request-log.js';

let entered = (): void => undefined;

@Controller()
class LoggedController {
  @Get('coins/:coin_id')
  coin(@Param('coin_id') coinId: string): object {
    return { coinId };
  }

  @Get('never')
  never(): Promise<never> {
    entered();
    return new Promise(() => undefined);
  }
}

const row = (requestId: string): Parameters<RequestLog['record']>[0] => ({
  requestId,
  method: 'GET',
  route: '/data',
  status: 200,
  latencyMs: 1.5,
  at: new Date('2026-11-23T18:00:00.123Z'),
});

describe('the request log', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = database.dataSource;
  });

  afterAll(() => database.drop());

  beforeEach(() => dataSource.query('TRUNCATE request_logs'));

  const logged = (): Promise<Record<string, unknown>[]> =>
    dataSource.query(
      'SELECT request_id, method, route, status, latency_ms, at FROM request_logs ORDER BY request_log_id',
    );

  it('has every request by its route, whatever became of it, once the app is closed', async () => {
    const { app, url: base } = await startFramedApp({ controllers: [LoggedController], dataSource });
    const from = new Date();
    const ask = (path: string, id: string, method = 'GET'): Promise<Response> =>
      fetch(base + path, { method, headers: { 'X-Request-ID': id } });
    await ask('/coins/bitcoin?x', 'refused');
    await ask('/coins/bitcoin', 'found');
    await ask('/.env', 'scan');
    await ask('/coins/bitcoin', 'method', 'DELETE');
    await app.close();

    const rows = await logged();
    expect(rows.map(({ latency_ms: _latency, at: _at, ...rest }) => rest)).toEqual([
      { request_id: 'refused', method: 'GET', route: '/coins/{coin_id}', status: 422 },
      { request_id: 'found', method: 'GET', route: '/coins/{coin_id}', status: 200 },
      { request_id: 'scan', method: 'GET', route: 'unmatched', status: 404 },
      { request_id: 'method', method: 'DELETE', route: 'unmatched', status: 405 },
    ]);
    for (const { latency_ms: latency, at } of rows) {
      expect(latency).toBeGreaterThan(0);
      expect((at as Date).getTime()).toBeGreaterThanOrEqual(from.getTime());
    }
  });

  it('tells a client that went away from an answer', async () => {
    const { app, url: base } = await startFramedApp({ controllers: [LoggedController], dataSource });
    const log = app.get(RequestLog);
    const recorded = new Promise<number>((resolve) => {
      log.record = ({ status }) => resolve(status);
    });
    const reached = new Promise<void>((resolve) => (entered = resolve));
    const { hostname, port } = new URL(base);
    const socket = connect(Number(port), hostname);
    socket.write('GET /never HTTP/1.1\r\nHost: x\r\n\r\n');
    await reached;
    socket.destroy();
    expect(await recorded).toBe(499);
    await app.close();
  });

  it('writes many rows with few statements', async () => {
    const log = new RequestLog(dataSource, new Exchanges());
    const statements = jest.spyOn(dataSource, 'createQueryRunner');
    for (let index = 0; index < 2_500; index += 1) log.record(row(`r${index}`));
    await log.flush();
    expect(statements).toHaveBeenCalledTimes(3);
    statements.mockRestore();
    const rows = await logged();
    expect(rows).toHaveLength(2_500);
    expect(rows[2_499]).toEqual({
      request_id: 'r2499',
      method: 'GET',
      route: '/data',
      status: 200,
      latency_ms: 1.5,
      at: new Date('2026-11-23T18:00:00.123Z'),
    });
    expect(log.dropped).toBe(0);
  });

  it('counts what it drops while the database is away, and goes on by itself', async () => {
    const own = await createDataSource(database.url.value, {
      poolSize: 2,
      idleTransactionSeconds: 30,
    }).initialize();
    const log = new RequestLog(own, new Exchanges());
    await own.destroy();
    log.record(row('lost'));
    await log.flush();
    expect(log.dropped).toBe(1);
    await own.initialize();
    log.record(row('kept'));
    await log.flush();
    await own.destroy();
    expect((await logged()).map((entry) => entry['request_id'])).toEqual(['kept']);
    expect(log.dropped).toBe(1);
  });

  it('holds a bounded number of rows while a write takes its time', async () => {
    const blocker = dataSource.createQueryRunner();
    await blocker.startTransaction();
    await blocker.query('LOCK TABLE request_logs IN ACCESS EXCLUSIVE MODE');
    const log = new RequestLog(dataSource, new Exchanges());
    for (let index = 0; index < 1_000; index += 1) log.record(row(`w${index}`));
    const written = log.flush();
    // The first thousand is on its way and waits for the lock; ten thousand wait in the queue.
    for (let index = 0; index < 10_100; index += 1) log.record(row(`r${index}`));
    expect(log.dropped).toBe(100);
    await blocker.commitTransaction();
    await blocker.release();
    await written;
    await log.flush();
    expect(await logged()).toHaveLength(11_000);
  });

  it('does not hold up a shutdown', async () => {
    const blocker = dataSource.createQueryRunner();
    await blocker.startTransaction();
    await blocker.query('LOCK TABLE request_logs IN ACCESS EXCLUSIVE MODE');
    const log = new RequestLog(dataSource, new Exchanges());
    log.record(row('stuck'));
    await log.close();
    expect(await blocker.query('SELECT 1 FROM request_logs')).toEqual([]);
    await blocker.rollbackTransaction();
    await blocker.release();
    await log.flush();
  });
});
