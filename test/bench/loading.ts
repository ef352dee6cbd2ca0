import type { Ground } from './ground.js';
import type { Measured } from './measured.js';
import { single } from './measured.js';
import { ratioOf, spreadOf } from './spread.js';
import { TableCopies } from './table-copies.js';
import { TableGrowth } from './table-growth.js';

const MEGABYTE = 2 ** 20;

/** A source's listings into an empty database, again without and with other prices, beside PostgreSQL's own COPY. */
export async function measureLoading(ground: Ground): Promise<Measured> {
  const { loadRounds, loaded, rowByRow } = ground.sizes;
  const rates: Record<'copy' | 'bare' | 'row' | 'first' | 'unchanged' | 'changed', number[]> = {
    copy: [],
    bare: [],
    row: [],
    first: [],
    unchanged: [],
    changed: [],
  };
  const measured: Measured = new Map();
  for (let round = 1; round <= loadRounds; round++)
    await ground.during(async (place) => {
      const database = await place.database();
      const service = await place.service(database, await ground.sources());
      const load = async (prices: number): Promise<number> => {
        await ground.list({ coinGecko: loaded, coinPaprika: 0, round: prices });
        const { seconds, extracted } = await service.run('coingecko');
        if (extracted < loaded) throw new Error(`of ${loaded} listings ${extracted} were loaded`);
        return loaded / seconds;
      };
      rates.first.push(await load(0));
      const copies = await TableCopies.of(database.dataSource);
      rates.copy.push(loaded / (await copies.copyWithIndexes()));
      rates.bare.push(loaded / (await copies.copyBare()));
      rates.row.push(1 / (await copies.rowByRow(rowByRow)));
      if (round < loadRounds) {
        rates.unchanged.push(await load(0));
        rates.changed.push(await load(1));
        return;
      }
      const before = await TableGrowth.of(database.dataSource);
      rates.unchanged.push(await load(0));
      const between = await TableGrowth.of(database.dataSource);
      rates.changed.push(await load(1));
      const after = await TableGrowth.of(database.dataSource);
      measured.set(
        'unchanged bytes',
        single(between.bytesSince(before) / MEGABYTE, between.grownSince(before)),
      );
      measured.set('unchanged dead', single(between.deadSince(before)));
      measured.set('unchanged records', single(between.recordBytesSince(before) / MEGABYTE));
      for (const table of ['listings', 'coins'])
        measured.set(`hot ${table}`, single(after.hotShareSince(between, table) ?? NaN));
    });
  for (const [name, rounds] of Object.entries(rates)) measured.set(name, { spread: spreadOf(rounds) });
  measured.set('first / copy', { spread: ratioOf(rates.first, rates.copy) });
  measured.set('unchanged / first', { spread: ratioOf(rates.unchanged, rates.first) });
  measured.set('changed / first', { spread: ratioOf(rates.changed, rates.first) });
  return measured;
}
