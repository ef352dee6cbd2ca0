import { fromWarmUp } from './ground.js';
import type { Ground, Place } from './ground.js';
import { CSV_HEADER, csvRow } from './invented-market.js';
import type { LoadOutcome, Reads } from './load.js';
import { single } from './measured.js';
import type { Measured } from './measured.js';
import { ratioOf, spreadOf } from './spread.js';
import type { ServiceUnderTest } from './service-under-test.js';

const CONNECTIONS = 64;
const MORE_OR_LESS = [16, 64, 256] as const;

interface Contestant {
  readonly name: string;
  readonly url: string;
  readonly reads: Reads;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly connections?: number;
}

/** A service with coins from three sources, really ingested. */
export async function servingCoins(ground: Ground, place: Place): Promise<ServiceUnderTest> {
  const { coinGecko, coinPaprika, csv } = ground.sizes;
  await ground.list({ coinGecko, coinPaprika, round: 0 });
  const moment = { round: 0, begin: new Date(Date.now() - 3_600_000) };
  const rows = Array.from({ length: csv }, (_, index) => csvRow(index, moment));
  const environment = {
    ...(await ground.sources()),
    CSV_PATH: await place.file('coins.csv', CSV_HEADER + rows.join('')),
  };
  const service = await place.service(await place.database(), environment);
  for (const source of ['coinpaprika', 'coingecko', 'csv']) await service.run(source);
  return service;
}

/** Answers from memory: Mintmark's, and those of servers that do nothing else. */
export async function measureReading(ground: Ground): Promise<Measured> {
  return ground.during(async (place) => {
    const service = await servingCoins(ground, place);
    const answer = await service.text('/data');
    const environment = { BENCH_ANSWER: await place.file('answer.json', answer) };
    const { data } = JSON.parse(answer) as { data: { coin_id: string }[] };
    const coinId = data[0]?.coin_id ?? '';
    const coins: { coin_id: string }[] = await service.database.dataSource.query(
      'SELECT coin_id FROM coins WHERE merged_into IS NULL ORDER BY coin_id',
    );
    const coinIds = coins.map(({ coin_id }) => coin_id);
    const bare = async (name: string): Promise<Contestant> => ({
      name,
      url: (await place.contestant(name, environment)).url,
      reads: { kind: 'in turn', paths: ['/data'] },
    });
    const mintmark = (name: string, path: string, more: Partial<Contestant> = {}): Contestant => ({
      name,
      url: service.url,
      reads: { kind: 'in turn', paths: [path] },
      ...more,
    });
    const cold: Reads = { kind: 'distinct', from: 0, coinIds };
    const [limited, query, nodeHttp, nestObjects, nestBytes, express] = await Promise.all([
      place.service(service.database, { API_RATE_LIMIT: '1000000000' }),
      place.contestant('pg-json', { DATABASE_URL: service.database.url.value }),
      bare('node-http'),
      bare('nest-objects'),
      bare('nest-bytes'),
      bare('express'),
    ]);
    const contestants = [
      nodeHttp,
      mintmark('data', '/data'),
      nestObjects,
      nestBytes,
      mintmark('not modified', '/data', {
        status: 304,
        headers: { 'If-None-Match': await service.tag('/data') },
      }),
      express,
      mintmark('limited', '/data', { url: limited.url }),
      mintmark('coin', `/coins/${coinId}`),
      ...['stats', 'health', 'metrics'].map((name) => mintmark(name, `/${name}`)),
      { name: 'cold', url: service.url, reads: cold },
      { name: 'pg', url: query.url, reads: cold },
      ...MORE_OR_LESS.map((connections) => mintmark(`${connections}`, '/data', { connections })),
    ];
    const figures = figuresOf(
      await inRounds(ground, contestants),
      contestants.map(({ name }) => name),
    );
    const { residentMegabytes } = await service.process.ask('usage');
    return figures.set('resident', single(residentMegabytes));
  });
}

/** Each round measures every contestant, one after the other. */
async function inRounds(ground: Ground, contestants: readonly Contestant[]): Promise<Rounds> {
  const { rounds, measureMs, warmUpMs, coldReads } = ground.sizes;
  const measured = new Rounds();
  for (const round of fromWarmUp(ground.rounds(rounds)))
    for (const { name, url, reads, headers, status = 200, connections = CONNECTIONS } of contestants) {
      const load = {
        url,
        reads: inRound(reads, round * coldReads),
        headers,
        status,
        connections,
        warmUpMs,
        ms: round === 0 ? measureMs / 2 : measureMs,
      };
      measured.note(name, await ground.fullLoad(load), round > 0);
    }
  return measured;
}

/** Reads of which none may come twice go on where those of the round before can't have come to. */
function inRound(reads: Reads, from: number): Reads {
  return reads.kind === 'distinct' ? { ...reads, from } : reads;
}

function figuresOf(measured: Rounds, names: readonly string[]): Measured {
  const figures: Measured = new Map(
    names.map((name) => [`rate of ${name}`, { spread: spreadOf(measured.rates(name)) }]),
  );
  for (const [name, other] of [
    ['data', 'nest-objects'],
    ['data', 'node-http'],
    ['limited', 'data'],
    ['cold', 'pg'],
    ['not modified', 'nest-bytes'],
    ['coin', 'nest-objects'],
    ['stats', 'nest-objects'],
    ['health', 'nest-objects'],
    ['metrics', 'nest-objects'],
  ] as const)
    figures.set(`${name} / ${other}`, { spread: ratioOf(measured.rates(name), measured.rates(other)) });

  const sizes = MORE_OR_LESS.map((connections) => `${connections}`);
  const best = Math.max(...sizes.map((name) => spreadOf(measured.rates(name)).median));
  for (const name of sizes) {
    figures.set(`${name} / most`, { spread: spreadOf(measured.rates(name).map((rate) => rate / best)) });
    figures.set(`p99 of ${name}`, { spread: spreadOf(measured.slowest(name)) });
  }
  const a16 = measured.slowest('16').map((p99) => p99 / 16);
  const a256 = measured.slowest('256').map((p99) => p99 / 256);
  figures.set('p99 in proportion', { spread: ratioOf(a256, a16) });
  figures.set('generator', { spread: spreadOf(measured.generatorCores('node-http')) });
  figures.set('errors', single(measured.errors, measured.error ?? undefined));
  return figures;
}

class Rounds {
  errors = 0;
  error: string | null = null;
  private readonly outcomes = new Map<string, LoadOutcome[]>();

  note(name: string, outcome: LoadOutcome, counts: boolean): void {
    this.errors += outcome.errors;
    if (outcome.error !== null) this.error ??= `${name}: ${outcome.error}`;
    if (counts) this.outcomes.set(name, [...(this.outcomes.get(name) ?? []), outcome]);
  }

  rates(name: string): number[] {
    return (this.outcomes.get(name) ?? []).map(({ requestsPerSecond }) => requestsPerSecond);
  }

  generatorCores(name: string): number[] {
    return (this.outcomes.get(name) ?? []).map(({ generatorCores }) => generatorCores);
  }

  /** The p99 of each round. */
  slowest(name: string): number[] {
    return (this.outcomes.get(name) ?? []).map(({ latencyMs }) => latencyMs.p99);
  }
}
