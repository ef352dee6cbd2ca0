import type { Ground } from './ground.js';
import type { LoadOutcome } from './load.js';
import type { Measured } from './measured.js';
import { single } from './measured.js';
import type { ServiceUnderTest } from './service-under-test.js';
import { ratioOf, spreadOf } from './spread.js';

interface Ingested {
  readonly during: LoadOutcome;
  readonly atRest: LoadOutcome;
  readonly seconds: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** `/data` at a fixed rate while nothing happens, and while a source's listings are loaded. */
export async function measureIngesting(ground: Ground): Promise<Measured> {
  const { loaded, ingestRounds, steadyRate } = ground.sizes;
  const rounds = ground.rounds(ingestRounds);
  return ground.during(async (place) => {
    const listed = { coinGecko: loaded, coinPaprika: Math.ceil(loaded / 2) };
    await ground.list({ ...listed, round: 0 });
    const service = await place.service(await place.database(), await ground.sources());
    await service.run('coinpaprika');
    const first = await ingest(ground, service);
    const reloads: Ingested[] = [];
    for (const round of rounds) {
      await ground.list({ ...listed, round });
      reloads.push(await ingest(ground, service));
    }
    const all = [first, ...reloads];
    const measured: Measured = new Map();
    const rests = all.map(({ atRest }) => atRest.latencyMs.p99);
    measured.set('at rest', { spread: spreadOf(rests), note: `${steadyRate} requests/s` });
    for (const [name, rounds] of [
      ['first', [first]],
      ['reload', reloads],
    ] as const) {
      const slowest = rounds.map(({ during }) => during.latencyMs.p99);
      const rest = rounds.map(({ atRest }) => atRest.latencyMs.p99);
      const seconds = Math.max(...rounds.map((round) => round.seconds)).toFixed(1);
      measured.set(name, { spread: spreadOf(slowest), note: `${loaded} listings in ${seconds} s` });
      measured.set(`${name} / at rest`, { spread: ratioOf(slowest, rest) });
      measured.set(`${name} slowest`, { spread: spreadOf(rounds.map(({ during }) => during.latencyMs.max)) });
      measured.set(`${name} loop p99`, { spread: spreadOf(rounds.map(({ p99Ms }) => p99Ms)) });
      measured.set(`${name} loop`, { spread: spreadOf(rounds.map(({ maxMs }) => maxMs)) });
    }
    const errors = all.flatMap(({ during, atRest }) => [during, atRest]);
    measured.set(
      'errors',
      single(
        errors.reduce((sum, outcome) => sum + outcome.errors, 0),
        errors.find(({ error }) => error !== null)?.error ?? undefined,
      ),
    );
    return measured;
  });
}

async function ingest(ground: Ground, service: ServiceUnderTest): Promise<Ingested> {
  const { restMs, steadyRate } = ground.sizes;
  const load = {
    url: service.url,
    reads: { kind: 'in turn', paths: ['/data'] },
    status: 200,
    requestsPerSecond: steadyRate,
  } as const;
  const atRest = await ground.steadyFor(restMs, load);
  await service.process.ask('watch event loop');
  const end = await ground.beginSteadyLoad(load);
  const { seconds } = await service.run('coingecko');
  const during = await end();
  return { during, atRest, seconds, ...(await service.process.ask('event loop')) };
}
