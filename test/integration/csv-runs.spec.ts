import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startService } from '../support/service.js';
import type { Service, ServiceOptions } from '../support/service.js';
import { dumpTables } from '../support/table-dump.js';

/** Two pages of a thousand rows at most. */
const ROWS = 1_100;
const HEADER = 'id,symbol,name,price_usd,last_updated';

describe('files', () => {
  let folder: string;
  const services: Service[] = [];

  const start = async (options: ServiceOptions = {}): Promise<Service> => {
    const service = await startService({
      ...options,
      environment: { CSV_PATH: folder, SOURCES: 'csv', ...options.environment },
    });
    services.push(service);
    return service;
  };
  const write = (name: string, rows: readonly string[]): Promise<void> =>
    writeFile(join(folder, name), `${[HEADER, ...rows].join('\n')}\n`);
  const rowsOf = (count: number, price: (index: number) => string): string[] =>
    Array.from({ length: count }, (_, index) => {
      const id = `coin-${index}`;
      return `${id},C${index},Coin ${index},${price(index)},2026-01-01T00:00:00Z`;
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mintmark-csv-'));
  });
  afterEach(async () => {
    for (const service of services.splice(0)) await service.stop();
    await rm(folder, { recursive: true });
  });

  it('are read once, and again when they change', async () => {
    const service = await start();
    await write(
      'coins.csv',
      rowsOf(3, (index) => `${index + 1}.50`),
    );
    expect(await service.run('csv')).toMatchObject({ status: 'success', pages: 1, inserted: 3 });
    expect(await service.run('csv')).toMatchObject({ status: 'success', pages: 0, extracted: 0 });
    await write(
      'coins.csv',
      rowsOf(3, (index) => (index === 1 ? '9' : `${index + 1}.50`)),
    );
    expect(await service.run('csv')).toMatchObject({ pages: 1, updated: 1, unchanged: 2 });
    await write('more.csv', ['else,ELSE,Else,7,2026-01-01T00:00:00Z']);
    expect(await service.run('csv')).toMatchObject({ pages: 1, extracted: 1, inserted: 1 });
    expect(await service.rows('SELECT feed FROM raw_csv ORDER BY raw_page_id')).toEqual(
      ['coins.csv', 'coins.csv', 'more.csv'].map((feed) => ({ feed })),
    );
  });

  it('of which nothing can be read fail for as long as they stay like that', async () => {
    const service = await start();
    await write(
      'coins.csv',
      rowsOf(4, () => '-1'),
    );
    for (const attempt of [1, 2]) {
      expect({ attempt, ...(await service.run('csv')) }).toMatchObject({
        attempt,
        status: 'failed',
        // Kept and quarantined once, not at every look.
        extracted: attempt === 1 ? 4 : 0,
        quarantined: attempt === 1 ? 4 : 0,
        error: { code: 'source_payload_invalid', message: expect.stringContaining('coins.csv') as string },
      });
      expect((await service.get('/health')).body.etl_status.sources.csv).toMatchObject({ status: 'failing' });
    }
    await write(
      'coins.csv',
      rowsOf(4, () => '1'),
    );
    expect(await service.run('csv')).toMatchObject({ status: 'success', inserted: 4, quarantined: 0 });
    expect((await service.get('/health')).body.status).toBe('healthy');
  });

  it('that can’t be used beside others that can are named in /runs and in /health, and read once', async () => {
    const service = await start();
    await write('bad.csv', ['a,A,A,-1,']);
    await writeFile(join(folder, 'strange.csv'), 'weather,wind\nfine,none\n');
    await write('good.csv', ['north,NRT,North,7,2026-01-01T00:00:00Z']);
    for (const attempt of [1, 2]) {
      const warnings = [
        // Read once: the next look knows no more than that.
        `bad.csv has no row that can be read; see /quarantine${attempt === 1 ? ' (such as: price_usd is negative: -1)' : ''}`,
        expect.stringMatching(/^strange\.csv has no header row/) as string,
      ];
      expect({ attempt, ...(await service.run('csv')) }).toMatchObject({
        attempt,
        status: 'success',
        extracted: attempt === 1 ? 2 : 0,
        warnings,
      });
      const { csv } = (await service.get('/health')).body.etl_status.sources;
      expect(csv).toMatchObject({ error: null, warnings });
    }
    expect(await service.rows('SELECT feed FROM raw_csv ORDER BY 1')).toHaveLength(2);
  });

  it('without ids say how many rows another one of the same name took the place of', async () => {
    const service = await start();
    await writeFile(
      join(folder, 'coins.csv'),
      'symbol,name,price_usd\nNRT,North,1\nSTH,South,2\nNRT,North,3\nNRT,North,4\n',
    );
    const run = await service.run('csv');
    expect(run).toMatchObject({ status: 'success', extracted: 4, inserted: 2, duplicates: 2 });
    expect(run.warnings).toEqual([
      '2 records were followed by another of the same coin on the same page; the last one counts',
    ]);
  });

  it('that stop half-way are read on from their row, and end like those that don’t', async () => {
    await write(
      'coins.csv',
      rowsOf(ROWS, (index) => (index % 100 === 0 ? '-1' : `${index}.25`)),
    );
    const undisturbed = await start();
    expect(await undisturbed.run('csv')).toMatchObject({ pages: 2, extracted: ROWS, quarantined: 11 });

    const service = await start({ environment: { FAULTS: 'csv:commit:2:throw,csv:committed:2:throw' } });
    expect(await service.run('csv')).toMatchObject({ status: 'failed', pages: 1 });
    expect(await service.run('csv')).toMatchObject({ status: 'failed', pages: 1, resumed: true });
    expect(await service.run('csv')).toMatchObject({ status: 'success', pages: 0, resumed: true });
    expect(await dumpTables(service.database.dataSource)).toEqual(
      await dumpTables(undisturbed.database.dataSource),
    );
    expect(await service.run('csv')).toMatchObject({ status: 'success', pages: 0, resumed: false });
  });
});
