import type { Ground } from './ground.js';
import type { Measured } from './measured.js';
import { single } from './measured.js';
import { spreadOf } from './spread.js';

const MEGABYTE = 2 ** 20;
/** Runs that are compared: so many after the first, and the last so many. */
const COMPARED = 10;

interface Bytes {
  readonly tables: number;
  readonly raw: number;
}

/** Run after run, in each of which half the prices are other ones, while PostgreSQL sweeps up by itself as it is set to. */
export async function measureRuns(ground: Ground): Promise<Measured> {
  const { runs, runListings } = ground.sizes;
  return ground.during(async (place) => {
    const database = await place.database();
    const service = await place.service(database, await ground.sources());
    const seconds: number[] = [];
    const bytes: Bytes[] = [];
    for (let run = 0; run < runs; run++) {
      await ground.list({ coinGecko: 0, coinPaprika: runListings, round: run, every: 2 });
      seconds.push((await service.run('coinpaprika')).seconds);
      const rows: Bytes[] = await database.dataSource.query(
        `SELECT sum(pg_total_relation_size(c.oid)) FILTER (WHERE c.relname !~ '^raw_')::float8 AS tables,
                sum(pg_total_relation_size(c.oid)) FILTER (WHERE c.relname ~ '^raw_')::float8 AS raw
         FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'request_logs'`,
      );
      bytes.push(...rows);
    }
    const early = seconds.slice(1, 1 + COMPARED);
    const late = seconds.slice(-COMPARED);
    const growth = (from: number, to: number, of: keyof Bytes): number =>
      ((bytes.at(to)?.[of] ?? NaN) - (bytes.at(from)?.[of] ?? NaN)) / COMPARED / MEGABYTE;
    const grown = { early: growth(0, COMPARED, 'tables'), late: growth(-1 - COMPARED, -1, 'tables') };
    const note = `runs ${runs - COMPARED + 1} to ${runs} of ${runListings.toLocaleString('en')} listings`;
    return new Map([
      ['early', { spread: spreadOf(early), note: `runs 2 to ${COMPARED + 1}` }],
      ['late', { spread: spreadOf(late), note }],
      ['late / early', single(spreadOf(late).median / spreadOf(early).median)],
      ['bytes early', single(grown.early)],
      ['bytes late', single(grown.late)],
      ['bytes late / early', single(grown.late / grown.early)],
      ['raw', single(growth(-1 - COMPARED, -1, 'raw'))],
    ]);
  });
}
