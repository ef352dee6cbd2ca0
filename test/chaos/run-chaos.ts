import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import setUp from '../support/global-setup.js';
import tearDown from '../support/global-teardown.js';
import { DatabaseLine } from '../support/database-line.js';
import type { CommitFate } from '../support/database-line.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { sweepCrashPoints, sweepKills } from './crash-sweep.js';
import { fuzz } from './fuzz.js';
import { Invariants } from './invariants.js';
import { COMMITS, loseCommit } from './lost-commits.js';
import { ReplicaStorm } from './replica-storm.js';
import type { Fate } from './replica-storm.js';
import { SeededRandom } from './seeded-random.js';
import { SequencedMarket } from './sequenced-market.js';
import { soak } from './soak.js';
import { Tally } from './tally.js';

const REPLICAS = 3;
const NETWORK_ROUNDS = 2;
/** From so many on a process is killed at every point of a run, below at as many as fit into a third of the time. */
const ALL_POINTS_MINUTES = 10;
/** For each minute, however long they take: a slow machine proves no less. */
const A_MINUTE = { kills: 20, cuts: 5, hostileRequests: 10_000 };
const COMMIT_FATES: readonly CommitFate[] = ['unsent', 'unanswered', 'silent before', 'silent after'];
const FATES: readonly [Fate, ...Fate[]] = ['KILL', 'KILL', 'KILL', 'TERM', 'TERM', 'FREEZE', 'CUT', 'CUT'];
/** A storm as long as this has a database large enough to slow every check down: then comes another. */
const STORM_MS = 120_000;

type Scenario = (context: {
  readonly seed: number;
  readonly minutes: number;
  readonly until: number;
  readonly tally: Tally;
}) => Promise<void>;

/** Crash points, lost commits, hostile requests, and replicas for the rest of the time. */
const proof: Scenario = async ({ seed, minutes, until, tally }) => {
  say('crash points');
  await crashes(seed, minutes < ALL_POINTS_MINUTES ? Date.now() + (until - Date.now()) / 3 : Infinity, tally);
  say('the network to PostgreSQL');
  for (let round = 0; round < NETWORK_ROUNDS; round++) await network(tally);
  say('hostile requests');
  await fuzz(A_MINUTE.hostileRequests * minutes, seed, tally);
  const isEnough = (): boolean =>
    Date.now() >= until &&
    tally.times('KILL', 'TERM') >= A_MINUTE.kills * minutes &&
    tally.times('CUT') >= A_MINUTE.cuts * minutes;
  for (let storm = 0; !isEnough(); storm++) {
    say(`replicas, seed ${seed + storm}`);
    const end = Date.now() + STORM_MS;
    await replicas(seed + storm, () => isEnough() || Date.now() >= end, tally);
  }
};

function say(what: string): void {
  process.stdout.write(`${new Date().toISOString()} ${what}\n`);
}

async function crashes(seed: number, until: number, tally: Tally): Promise<void> {
  for (const [how, catalogue] of [
    ['throw', false],
    ['lost', false],
    ['throw', true],
    ['lost', true],
  ] as const)
    await inMarket({}, async ({ service, market }) => {
      const swept = await sweepCrashPoints(service, market, how, { catalogue });
      tally.inject(`crash points, ${how}`, swept.points);
      tally.check('snapshots of all tables', swept.checks);
      tally.violated('crash points', swept.violations);
    });
  await inMarket({}, async ({ service, market }) => {
    // Every point once, or those there is time for; another seed begins elsewhere.
    const step = 7;
    for (let pass = 0; pass < step && Date.now() < until; pass++) {
      const swept = await sweepKills(service, market, { first: 1 + ((seed + pass) % step), step, until });
      tally.inject('crash points, SIGKILL', swept.points);
      tally.check('snapshots of all tables', swept.checks);
      tally.violated('crash points', swept.violations);
    }
  });
}

async function network(tally: Tally): Promise<void> {
  let line: DatabaseLine | undefined;
  const options = {
    silenceMs: 1500,
    databaseUrl: async (url: string) => {
      line = await DatabaseLine.open(url);
      return line.url;
    },
  };
  await inMarket(options, async ({ service, market }) => {
    const invariants = new Invariants(service.database.dataSource, market);
    for (const fate of COMMIT_FATES)
      for (let commit = 1; commit <= COMMITS && line; commit++) {
        tally.inject(`network lost at a COMMIT, ${fate}`);
        tally.violated('network', await loseCommit(service, line, invariants, { fate, commit }));
      }
    tally.check('snapshots of all tables', invariants.checks);
    await line?.close();
  });
}

async function replicas(seed: number, isOver: () => boolean, tally: Tally): Promise<void> {
  const storm = await ReplicaStorm.open(seed, tally);
  const random = new SeededRandom(seed);
  try {
    await storm.begin(REPLICAS);
    while (!isOver()) await storm.befall(random.pick(FATES), { replace: true });
    await storm.end();
  } finally {
    await storm.close();
  }
}

async function inMarket(
  { silenceMs, databaseUrl }: Pick<Parameters<typeof startService>[0] & object, 'silenceMs' | 'databaseUrl'>,
  during: (ground: { service: Service; market: SequencedMarket }) => Promise<void>,
): Promise<void> {
  const market = await SequencedMarket.open();
  const environment = { ...market.environment, ETL_TICK_SECONDS: '3600', ETL_LEASE_SECONDS: '1' };
  const service = await startService({ environment, silenceMs, databaseUrl });
  try {
    await during({ service, market });
  } finally {
    await service.stop();
    await market.close();
  }
}

/** Runs what was asked for and prints its table; how many violations there were. */
export async function runChaos(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { seed: { type: 'string', default: '1' }, minutes: { type: 'string', default: '10' } },
  });
  const seed = Number(values.seed);
  const minutes = Number(values.minutes);
  const scenario = { '': proof, soak }[positionals.join()];
  if (!scenario || !Number.isSafeInteger(seed) || !(minutes > 0))
    throw new Error('npm run chaos -- [soak] [--seed 1] [--minutes 10]');
  Logger.overrideLogger(false);
  const tally = new Tally();
  await setUp();
  try {
    await scenario({ seed, minutes, until: Date.now() + minutes * 60_000, tally });
  } catch (error) {
    // What was found until then is worth as much as how it ended.
    tally.violated('ended early', [error instanceof Error ? (error.stack ?? error.message) : String(error)]);
  } finally {
    await tearDown();
  }
  const said = tally.violations.map((violation) => `  ${violation}`);
  process.stdout.write([`seed ${seed}, ${minutes} minutes`, tally.table(), ...said, ''].join('\n'));
  return tally.found;
}
