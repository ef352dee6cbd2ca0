import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Ground } from './ground.js';
import { CSV_HEADER, csvRow } from './invented-market.js';
import type { Measured } from './measured.js';
import { single } from './measured.js';

const HOUR_MS = 3_600_000;
const REQUESTS_A_SECOND = 50;

/** One large CSV file: how much memory reading it takes, and whether the API can be used meanwhile. */
export async function measureCsv(ground: Ground): Promise<Measured> {
  const { csvRows } = ground.sizes;
  return ground.during(async (place) => {
    const path = join(ground.folder, 'large.csv');
    await pipeline(Readable.from(rowsOf(csvRows)), createWriteStream(path));
    const service = await place.service(await place.database(), { SOURCES: 'csv', CSV_PATH: path });
    const idle = await service.process.ask('usage');
    await service.process.ask('watch event loop');
    const end = await ground.beginSteadyLoad({
      url: service.url,
      reads: { kind: 'in turn', paths: ['/data', '/health/live'] },
      status: 200,
      requestsPerSecond: REQUESTS_A_SECOND,
    });
    const { seconds, extracted } = await service.run('csv');
    const load = await end();
    const loop = await service.process.ask('event loop');
    const { peakMegabytes } = await service.process.ask('usage');
    if (extracted < csvRows) throw new Error(`of ${csvRows} rows ${extracted} were loaded`);
    return new Map([
      ['rows', single(csvRows / seconds, `${csvRows.toLocaleString('en')} rows in ${Math.round(seconds)} s`)],
      ['idle', single(idle.residentMegabytes)],
      ['peak above idle', single(peakMegabytes - idle.residentMegabytes)],
      ['p99', single(load.latencyMs.p99, `${REQUESTS_A_SECOND} requests/s`)],
      ['slowest', single(load.latencyMs.max)],
      ['errors', single(load.errors, load.error ?? undefined)],
      ['loop', single(loop.maxMs)],
    ]);
  });
}

function* rowsOf(rows: number): Generator<string> {
  const moment = { round: 0, begin: new Date(Date.now() - HOUR_MS) };
  yield CSV_HEADER;
  for (let index = 0; index < rows; index += 1000)
    yield Array.from({ length: Math.min(1000, rows - index) }, (_, at) => csvRow(index + at, moment)).join(
      '',
    );
}
