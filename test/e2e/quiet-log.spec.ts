import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { MainProcess } from '../support/main-process.js';

const PATHS = [
  '/',
  '/data',
  '/data?source=csv&sort=volume_24h',
  '/divergence',
  '/stats',
  '/runs',
  '/drift',
  '/identity/ambiguous',
  '/health',
  '/health/live',
  '/health/ready',
  '/metrics',
  '/docs',
  '/docs-json',
];

describe('the log of a service that is asked what it answers', () => {
  let database: TestDatabase;
  let service: MainProcess;

  beforeAll(async () => {
    database = await createTestDatabase();
    service = new MainProcess({
      DATABASE_URL: database.url.value,
      HOST: '127.0.0.1',
      PORT: '0',
      ETL_ON_STARTUP: 'false',
      SOURCES: 'csv',
    });
  });
  afterAll(() => database.drop());

  it('has no warning and no error, until it has ended', async () => {
    const url = await service.url();
    for (const path of PATHS)
      for (const method of ['GET', 'HEAD']) {
        const { status } = await fetch(url + path, { method });
        expect({ method, path, status }).toEqual({ method, path, status: 200 });
      }

    expect(await service.stop()).toBe(0);
    expect(service.printed).toContain('"request completed"');
    expect(service.printed.split('\n').filter((line) => /"level":"(warn|error|fatal)"/.test(line))).toEqual(
      [],
    );
  });
});
