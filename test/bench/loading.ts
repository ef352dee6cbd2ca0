import type { DataSource } from 'typeorm';
import type { Ground } from './ground.js';
import type { Measured } from './measured.js';
import { single } from './measured.js';
import { ratioOf, spreadOf } from './spread.js';
import { emptyTables, TableCopies } from './table-copies.js';
import { TableGrowth } from './table-growth.js';

const MEGABYTE = 2 ** 20;
/** PostgreSQL's own load takes a second or two, in which a shared machine is anything. */
const COPIES = 3;

/** CoinGecko's listings come in pages of 250, CoinPaprika's all in one answer. */
const SOURCES = { first: 'coingecko', whole: 'coinpaprika' } as const;
type FirstLoad = keyof typeof SOURCES;

/** A source's listings into empty tables, again without and with other prices, beside PostgreSQL's own COPY. */
export async function measureLoading(ground: Ground): Promise<Measured> {
  const { loadRounds, loaded, rowByRow } = ground.sizes;
  const rates: Record<
    FirstLoad | 'cold' | 'copy' | 'checked' | 'copy whole' | 'bare' | 'row' | 'unchanged' | 'changed',
    number[]
  > = {
    ...{ cold: [], first: [], copy: [], checked: [], whole: [], 'copy whole': [] },
    ...{ bare: [], row: [], unchanged: [], changed: [] },
  };
  const measured: Measured = new Map();
  for (const round of ground.rounds(loadRounds))
    await ground.during(async (place) => {
      const database = await place.database();
      const service = await place.service(database, await ground.sources());
      const load = async (source: string, prices: number): Promise<number> => {
        await ground.list({ coinGecko: loaded, coinPaprika: loaded, round: prices });
        const { seconds, extracted } = await service.run(source);
        if (extracted < loaded) throw new Error(`of ${loaded} listings ${extracted} were loaded`);
        return loaded / seconds;
      };
      const first = async (kind: FirstLoad): Promise<TableCopies> => {
        await emptyTables(database.dataSource);
        rates[kind].push(await load(SOURCES[kind], 0));
        return TableCopies.of(database.dataSource);
      };
      // What is compiled for the first time is compiled; that is a process's beginning, not a load's.
      rates.cold.push(await load(SOURCES.first, 0));
      await emptyTables(database.dataSource);
      await load(SOURCES.whole, 0);
      rates['copy whole'].push(loaded / (await copied(await first('whole'), 'indexes only')));
      const copies = await first('first');
      rates.copy.push(loaded / (await copied(copies, 'indexes only')));
      rates.checked.push(loaded / (await copied(copies, 'all')));
      rates.bare.push(loaded / (await copies.copy('nothing')));
      rates.row.push(1 / (await copies.rowByRow(rowByRow)));
      // What becomes of the tables is the same each time; and not while it is looked at is a load measured.
      if (round === 1)
        for (const [name, figure] of await grown(database.dataSource, (prices) =>
          load(SOURCES.first, prices),
        ))
          measured.set(name, figure);
      rates.unchanged.push(await load(SOURCES.first, round === 1 ? 1 : 0));
      rates.changed.push(await load(SOURCES.first, 2));
    });
  for (const [name, rounds] of Object.entries(rates)) measured.set(name, { spread: spreadOf(rounds) });
  measured.set('first / copy', { spread: ratioOf(rates.first, rates.copy) });
  measured.set('first / checked', { spread: ratioOf(rates.first, rates.checked) });
  measured.set('whole / copy', { spread: ratioOf(rates.whole, rates['copy whole']) });
  measured.set('unchanged / first', { spread: ratioOf(rates.unchanged, rates.first) });
  measured.set('changed / first', { spread: ratioOf(rates.changed, rates.first) });
  return measured;
}

/** Seconds of the median of a few. */
async function copied(copies: TableCopies, likeness: 'all' | 'indexes only'): Promise<number> {
  const seconds: number[] = [];
  for (let time = 0; time < COPIES; time++) seconds.push(await copies.copy(likeness));
  return spreadOf(seconds).median;
}

/** What a load of the same listings makes of the tables, and one with all prices changed. */
async function grown(database: DataSource, load: (prices: number) => Promise<number>): Promise<Measured> {
  const before = await TableGrowth.of(database);
  await load(0);
  const between = await TableGrowth.of(database);
  await load(1);
  const after = await TableGrowth.of(database);
  return new Map([
    ['unchanged bytes', single(between.bytesSince(before) / MEGABYTE, between.grownSince(before))],
    ['unchanged dead', single(between.deadSince(before))],
    ['unchanged records', single(between.recordBytesSince(before) / MEGABYTE)],
    ...['listings', 'coins'].map(
      (table) => [`hot ${table}`, single(after.hotShareSince(between, table) ?? NaN)] as const,
    ),
  ]);
}
