import type { TestDatabase } from '../support/database.js';
import { fromWarmUp } from './ground.js';
import type { Ground } from './ground.js';
import { KINDS, READS } from './growing-reads.js';
import type { Measured } from './measured.js';
import { single } from './measured.js';
import { seedDatabase } from './seed-coins.js';
import type { ServiceUnderTest } from './service-under-test.js';
import { quantile, ratioOf, spreadOf } from './spread.js';

const NAMES = ['few', 'some', 'many'] as const;

interface Seeded {
  readonly name: (typeof NAMES)[number];
  readonly coins: number;
  readonly runs: number;
  readonly service: ServiceUnderTest;
}

/** Reads that are in no cache, on databases of three sizes, in turns. */
export async function measureGrowth(ground: Ground): Promise<Measured> {
  return ground.during(async (place) => {
    const databases: TestDatabase[] = [];
    for (const { coins, runs } of ground.sizes.grown) {
      const database = await place.database();
      await seedDatabase(database.url.value, coins, runs);
      databases.push(database);
    }
    const services = await Promise.all(databases.map((database) => place.service(database)));
    const seeded = services.map((service, at): Seeded => {
      const { coins = 0, runs = 0 } = ground.sizes.grown[at] ?? {};
      return { name: NAMES[at] ?? 'many', coins, runs, service };
    });
    const sheet = new Map<string, number[][]>();
    for (const round of fromWarmUp(ground.rounds(ground.sizes.growthRounds)))
      for (const each of seeded)
        for (const [read, latencies] of await readsOf(ground, each, round === 0)) {
          const key = `${read}, ${each.name}`;
          if (round > 0) sheet.set(key, [...(sheet.get(key) ?? []), latencies]);
        }
    const measured: Measured = new Map();
    for (const read of [...Object.keys(KINDS), 'stats']) {
      const medians = (name: string): number[] =>
        (sheet.get(`${read}, ${name}`) ?? []).map((latencies) => quantile(latencies, 0.5));
      for (const { name, coins, runs } of seeded) {
        const p99 = quantile((sheet.get(`${read}, ${name}`) ?? []).flat(), 0.99).toFixed(1);
        const note = `${coins.toLocaleString('en')} coins, ${runs.toLocaleString('en')} runs; p99 ${p99} ms`;
        measured.set(`${read}, ${name}`, { spread: spreadOf(medians(name)), note });
      }
      measured.set(`${read} grows`, { spread: ratioOf(medians('many'), medians('few')) });
    }
    for (const { name, coins, service } of seeded) {
      const { residentMegabytes } = await service.process.ask('usage');
      measured.set(`resident, ${name}`, single(residentMegabytes, `${coins.toLocaleString('en')} coins`));
    }
    return measured;
  });
}

async function readsOf(
  ground: Ground,
  { coins, service }: Seeded,
  warmingUp: boolean,
): Promise<Map<string, number[]>> {
  const latencies = new Map<string, number[]>();
  const { growthMs, statsReads } = ground.sizes;
  const withinMs = warmingUp ? growthMs / 2 : growthMs;
  await service.changeData();
  for (const [name, path] of Object.entries(KINDS)) {
    const paths = Array.from({ length: READS }, (_, n) => path(n, coins));
    latencies.set(name, await ground.oneByOne({ url: service.url, paths, withinMs }));
  }
  const stats: number[] = [];
  // It has no parameters: only other data makes it be read again.
  for (let n = 0; n < (warmingUp ? 2 : statsReads); n++) {
    await service.changeData();
    stats.push(...(await ground.oneByOne({ url: service.url, paths: ['/stats'], withinMs })));
  }
  latencies.set('stats', stats);
  return latencies;
}
