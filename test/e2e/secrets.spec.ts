import { gunzipSync } from 'node:zlib';
import { asAdmin, createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { DatabaseLine } from '../support/database-line.js';
import { MainProcess } from '../support/main-process.js';
import { coinGeckoRow, coinPaprikaRow, Market, rowsOf } from '../support/market.js';
import { json } from '../support/misbehaving-server.js';
import { until } from '../support/until.js';

const SECRETS = {
  adminToken: 'canary-admin-token-6f1d',
  coinGeckoKey: 'CG-canary-coingecko-83ab',
  coinPaprikaKey: 'canary-coinpaprika-91ce',
  proxyPassword: 'canary-proxy-pass-52bd',
  databasePassword: 'canary-database-pass-07fe',
};
/** The proxy's password as it is sent. */
const BASIC = Buffer.from(`somebody:${SECRETS.proxyPassword}`).toString('base64');
const ROLE = 'mintmark_canary';

describe('secrets', () => {
  let market: Market;
  let database: TestDatabase;
  let service: MainProcess;
  let url: string;
  let line: DatabaseLine;
  let environment: Record<string, string>;

  beforeAll(async () => {
    market = await Market.open();
    market.coinPaprika = rowsOf(3, coinPaprikaRow);
    // Sources that say our key back to us, in good answers and in bad ones.
    market.coinGecko = [...rowsOf(3, coinGeckoRow), { id: 5, asked_with: SECRETS.coinGeckoKey }].map(
      (row) => ({
        ...row,
        link: `https://coins.example/?key=${SECRETS.coinGeckoKey}&user=somebody`,
      }),
    );
    market.spoil(/list/, json({ status: { error_code: 400, key: SECRETS.coinGeckoKey } }, 400));
    market.spoil(/tickers/, json({ error: `no such key: ${SECRETS.coinPaprikaKey}` }, 403));
    database = await createTestDatabase();
    await asAdmin(`DROP ROLE IF EXISTS ${ROLE}`);
    await asAdmin(`CREATE ROLE ${ROLE} LOGIN SUPERUSER PASSWORD '${SECRETS.databasePassword}'`);
    const databaseUrl = new URL(database.url.value);
    databaseUrl.username = ROLE;
    databaseUrl.password = SECRETS.databasePassword;
    const proxy = new URL(`${market.server.url}/api/v3`);
    proxy.username = 'somebody';
    proxy.password = SECRETS.proxyPassword;
    line = await DatabaseLine.open(databaseUrl.href);
    environment = {
      DATABASE_URL: line.url,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'trace',
      ADMIN_TOKEN: SECRETS.adminToken,
      COINGECKO_BASE_URL: proxy.href,
      COINGECKO_API_KEY: SECRETS.coinGeckoKey,
      COINPAPRIKA_BASE_URL: `${market.server.url}/v1`,
      COINPAPRIKA_API_KEY: SECRETS.coinPaprikaKey,
      CSV_PATH: 'test/fixtures/csv',
      SOURCE_RETRIES: '0',
    };
    service = new MainProcess(environment);
    url = await service.url();
    await until('every first run to end', async () => {
      const ended = await database.dataSource.query<unknown[]>(
        `SELECT 1 FROM etl_runs WHERE status <> 'running'`,
      );
      return ended.length === 3;
    });
  });

  afterAll(async () => {
    await service.stop();
    await line.close();
    await database.drop();
    await asAdmin(`DROP ROLE IF EXISTS ${ROLE}`);
    await market.close();
  });

  const ask = async (path: string, init: RequestInit = {}): Promise<string> => {
    const response = await fetch(url + path, init);
    return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
  };

  /** A database that isn't there, at the server and by the password that are. */
  function elsewhere(): string {
    const there = new URL(line.url);
    there.pathname = '/nowhere';
    return there.href;
  }

  function expectNone(where: string, text: string): void {
    for (const [name, secret] of Object.entries({ ...SECRETS, BASIC }))
      expect([where, name, text.includes(secret)]).toEqual([where, name, false]);
  }

  it('were really used', async () => {
    const sent = JSON.stringify(market.server.requests);
    expect(sent).toContain(SECRETS.coinGeckoKey);
    expect(sent).toContain(SECRETS.coinPaprikaKey);
    expect(sent).toContain(BASIC);
    const authorization = { Authorization: `Bearer ${SECRETS.adminToken}` };
    expect(await ask('/quarantine', { headers: authorization })).toMatch(/^200 /);
  });

  it('are in no answer', async () => {
    const headers = { Authorization: `Bearer ${SECRETS.adminToken}` };
    const runs = await database.dataSource.query<{ run_id: string }[]>('SELECT run_id FROM etl_runs');
    const { paths: documented } = JSON.parse(await (await fetch(`${url}/docs-json`)).text()) as {
      paths: Record<string, object>;
    };
    const paths = [
      ...Object.keys(documented).map((path) => path.replace(/\{\w+\}/g, '1')),
      '/data?source=coingecko',
      '/coins/coin-0',
      ...runs.map((run) => `/runs/${run.run_id}`),
      '/docs',
      '/docs-json',
      '/nothing',
      '/data?limit=x',
    ];
    for (const path of paths) expectNone(path, await ask(path, { headers }));
    expectNone('a refused run', await ask('/etl/run?source=nobody', { method: 'POST', headers }));
    expectNone('a token in a query', await ask(`/data?token=${SECRETS.adminToken}`));
    const body = `{"token":"${SECRETS.adminToken}"`;
    const broken = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
    expectNone('a token in a body', await ask('/etl/run', broken));
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      for (const path of paths)
        expectNone(
          `${method} ${path}`,
          await ask(path, { method, headers: { ...headers, 'X-Key': SECRETS.adminToken } }),
        );
    const wrong = { Authorization: `Basic ${SECRETS.adminToken}`, 'X-Request-ID': `${SECRETS.adminToken}, ` };
    expectNone('a token by another scheme', await ask('/quarantine', { headers: wrong }));
  });

  it('are in nothing that is said of a database that goes away', async () => {
    await line.cut();
    const headers = { Authorization: `Bearer ${SECRETS.adminToken}` };
    for (const path of [
      '/data?page=7',
      '/coins/unheard-of',
      '/quarantine',
      '/health',
      '/health/ready',
      '/metrics',
    ])
      expectNone(path, await ask(path, { headers }));
    expectNone('a run', await ask('/etl/run?source=csv', { method: 'POST', headers }));
    expect(await ask('/quarantine', { headers })).toMatch(/^503 /);
    await line.restore();
    await until('the database to be back', async () =>
      (await ask('/quarantine', { headers })).startsWith('200 '),
    );
  });

  it.each([
    ['the database refuses', (): Record<string, string> => ({ DATABASE_URL: elsewhere() })],
    ['its own settings refuse', () => ({ COINGECKO_PLAN: 'keyless', DATABASE_URL: 'mysql://x' })],
  ])('are in nothing that is printed by a start that %s', async (_what, changed) => {
    const failing = new MainProcess({ ...environment, ...changed() });
    expect(await failing.exitCode()).toBe(1);
    expect(failing.printed).toContain("Mintmark can't start.");
    expectNone('a failed start', failing.printed);
  });

  it('are in no row of the database, nor in a raw page', async () => {
    const tables = await database.dataSource.query<{ name: string }[]>(
      `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'`,
    );
    expect(tables.length).toBeGreaterThan(10);
    for (const { name } of tables) {
      const rows = await database.dataSource.query<{ text: string }[]>(
        `SELECT t::text AS text FROM "${name}" t`,
      );
      expectNone(name, rows.map((row) => row.text).join('\n'));
    }
    const pages = await database.dataSource.query<{ body: Buffer }[]>('SELECT body FROM raw_pages');
    expect(pages.length).toBeGreaterThan(2);
    for (const { body } of pages) expectNone('a raw page', gunzipSync(body).toString());
    const refused = await database.dataSource.query<{ record: Buffer }[]>('SELECT record FROM quarantine');
    expect(refused.length).toBeGreaterThan(0);
    for (const { record } of refused) expectNone('a refused record', record.toString());
  });

  it('are in nothing that was printed, not even by its end', async () => {
    expect(await service.stop()).toBe(0);
    const lines = service.printed.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), time: expect.any(String) });
    expect(service.printed).toContain('"path":"/etl/run"');
    expect(service.printed).toMatch(/"request_id":"[0-9a-f-]{36}"/);
    expect(service.printed).toMatch(/"run_id":"\d+"/);
    expectNone('what was printed', service.printed);
  });
});
