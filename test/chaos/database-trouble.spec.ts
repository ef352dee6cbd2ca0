import { randomBytes } from 'node:crypto';
import { bumpDataVersion } from '../../src/database/data-version.js';
import { asAdmin } from '../support/database.js';
import { DatabaseLine } from '../support/database-line.js';
import { LockHolder } from '../support/lock-holder.js';
import { startService } from '../support/service.js';
import type { Service, ServiceAnswer, ServiceOptions } from '../support/service.js';
import { until } from '../support/until.js';

/** PostgreSQL is there and yet no help: whoever asks is told so in time, and what is kept is served. */
describe('while PostgreSQL', () => {
  let service: Service;
  let line: DatabaseLine | undefined;
  const roles: string[] = [];

  async function start(options: ServiceOptions = {}): Promise<void> {
    service = await startService(options);
    await service.run('csv');
    expect(await service.get('/data')).toMatchObject({ status: 200 });
  }
  afterEach(async () => {
    // A tick may wait on the silent line: cut, it has its answer.
    await line?.close();
    await service.stop();
    line = undefined;
    for (const role of roles.splice(0)) await asAdmin(`DROP ROLE ${role}`);
  });

  /** What is kept is no longer the newest, so that an answer has to be read anew. */
  async function newVersion(): Promise<void> {
    const before = (await service.get('/stats')).headers.get('etag');
    await service.database.dataSource.transaction((manager) => bumpDataVersion(manager));
    await until(
      'the new version to be known',
      async () => (await service.get('/stats')).headers.get('etag') !== before || undefined,
    );
  }

  function expectStale({ status, headers, body }: ServiceAnswer): void {
    expect(status).toBe(200);
    expect(headers.get('age')).toMatch(/^\d+$/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body.metadata.stale_seconds).toBe(Number(headers.get('age')));
  }

  function expectUnavailable({ status, headers, body }: ServiceAnswer): void {
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('5');
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body.detail).toBe('The database is not available now.');
  }

  const current = (path: string): Promise<ServiceAnswer> =>
    until(`a current ${path}`, async () => {
      const answer = await service.get(path);
      return answer.headers.get('etag') ? answer : undefined;
    });

  it('lets everybody wait for a lock', async () => {
    await start();
    await newVersion();
    await LockHolder.during(service.database.dataSource, async (holder) => {
      await holder.query('LOCK TABLE coins, quarantine, etl_checkpoints IN ACCESS EXCLUSIVE MODE');
      const asked = await Promise.all([
        service.get('/data'),
        service.get('/data?limit=7'),
        service.get('/quarantine', service.authorization),
        service.post('/etl/run?source=csv', service.authorization),
      ]);
      const [kept, ...others] = asked;
      expectStale(kept);
      others.forEach(expectUnavailable);
    });
    await current('/data?limit=7');
  });

  it('has no connection left in the pool', async () => {
    await start({ environment: { DATABASE_POOL_SIZE: '4', ETL_TICK_SECONDS: '3600' } });
    await newVersion();
    await LockHolder.during(service.database.dataSource, async (holder) => {
      await holder.query('LOCK TABLE coins IN ACCESS EXCLUSIVE MODE');
      const blocked = [7, 8, 9, 10].map((limit) => service.get(`/data?limit=${limit}`));
      await holder.waiting(4);
      const [kept, runs, health, ready] = await Promise.all([
        service.get('/data'),
        service.get('/runs'),
        service.get('/health'),
        service.get('/health/ready'),
      ]);
      expectStale(kept);
      expectUnavailable(runs);
      expect(health).toMatchObject({ status: 503, body: { database: 'disconnected' } });
      expect(ready).toMatchObject({ status: 200, body: { details: { data: { from: 'cache' } } } });
      (await Promise.all(blocked)).forEach(expectUnavailable);
    });
    await current('/data?limit=7');
  });

  it('has no connection to give', async () => {
    const role = `few_${randomBytes(4).toString('hex')}`;
    await asAdmin(`CREATE ROLE ${role} LOGIN PASSWORD 'few' IN ROLE CURRENT_USER`);
    roles.push(role);
    await start({
      databaseUrl: (url) => {
        const own = new URL(url);
        own.username = role;
        own.password = 'few';
        return own.href;
      },
    });
    await asAdmin(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
    await asAdmin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
    await until('the outage to be noticed', async () => (await service.get('/data')).headers.get('age'));
    expectStale(await service.get('/data'));
    expectUnavailable(await service.get('/data?limit=7'));
    expectUnavailable(await service.post('/etl/run?source=csv', service.authorization));
    await asAdmin(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
    await current('/data?limit=7');
    expect(await service.run('csv')).toMatchObject({ status: 'success' });
  });

  it('has no room to write', async () => {
    await start();
    await service.rows(`CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`);
    for (const table of ['etl_runs', 'request_logs'])
      await service.rows(
        `CREATE TRIGGER full_${table} BEFORE INSERT OR UPDATE ON ${table} EXECUTE FUNCTION disk_full()`,
      );
    expectUnavailable(await service.post('/etl/run?source=csv', service.authorization));
    // Reading needs no room.
    expect(await service.get('/data?limit=7')).toMatchObject({ status: 200 });
    await until('request logs to be dropped', async () =>
      /^mintmark_request_log_dropped_rows [1-9]/m.test((await service.get('/metrics')).text),
    );
    for (const table of ['etl_runs', 'request_logs'])
      await service.rows(`DROP TRIGGER full_${table} ON ${table}`);
    expect(await service.run('csv')).toMatchObject({ status: 'success' });
  });

  it('has fallen silent', async () => {
    await start({
      databaseUrl: async (url) => {
        line = await DatabaseLine.open(url);
        return line.url;
      },
    });
    line?.fallSilent();
    const [missing] = await Promise.all([
      service.get('/data?limit=7'),
      until('the silence to be noticed', async () => (await service.get('/data')).headers.get('age')),
    ]);
    expectUnavailable(missing);
    expectStale(await service.get('/data'));
    await line?.restore();
    // The pool's old connections are as silent as before: they must not be in the way.
    await current('/data?limit=7');
    await current('/data');
  });
});
