import { IngestionService } from '../../src/ingestion/ingestion.service.js';
import type { Service } from '../support/service.js';
import { ServiceProcess } from '../support/service-process.js';
import { CrashPoint } from './crash-point.js';
import type { Crash } from './crash-point.js';
import { Invariants } from './invariants.js';
import type { SequencedMarket } from './sequenced-market.js';

/** More operations than any run of the market has: a sweep that gets there never ends. */
const FAR_TOO_MANY = 500;

export interface Swept {
  /** Points at which a run crashed. */
  readonly points: number;
  readonly checks: number;
  readonly violations: readonly string[];
}

/** One whole run in this process; how it ended, or null when it could not be claimed. */
export async function runOnce(service: Service, source = 'coingecko'): Promise<string | null> {
  const { started } = await service.app.get(IngestionService).runNow([source]);
  return (await started[0]?.ended) ?? null;
}

/** The settings of another process on the database of this service. */
export function environmentOf(service: Service, market: SequencedMarket): Record<string, string> {
  return {
    ...market.environment,
    NODE_ENV: 'test',
    DATABASE_URL: service.database.url.value,
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'silent',
    ETL_ON_STARTUP: 'false',
    ETL_TICK_SECONDS: '3600',
  };
}

/** Time, as the next process would have to wait for it. */
export async function expireLease(service: Service): Promise<void> {
  await service.rows(`UPDATE etl_checkpoints SET lease_expires_at = now() WHERE lease_expires_at > now()`);
}

/**
 * Crashes a run at its first database operation, the next one at its second, and so on until one survives. After each
 * another run has to put everything right.
 */
export async function sweepCrashPoints(
  service: Service,
  market: SequencedMarket,
  how: Exclude<Crash, 'kill'>,
  { catalogue = false } = {},
): Promise<Swept> {
  const invariants = new Invariants(service.database.dataSource, market);
  const violations: string[] = [];
  for (let at = 1; at < FAR_TOO_MANY; at++) {
    // Without its memory a pass begins with the catalogue.
    if (catalogue) await service.rows(`UPDATE etl_checkpoints SET memory = '{}'`);
    const point = new CrashPoint(at, how);
    const outcome = await point.during(() => runOnce(service)).catch((error: unknown) => String(error));
    const say = (said: readonly string[], when: string): void => {
      for (const each of said)
        violations.push(`${how} at ${at}, ${point.statement ?? 'none'}, ${when}: ${each}`);
    };
    say(await invariants.violations(), 'before recovery');
    if (point.statement === null) {
      say(outcome === 'success' ? [] : [`ended as ${outcome ?? 'nothing'}`], 'undisturbed');
      return { points: at - 1, checks: invariants.checks, violations };
    }
    await expireLease(service);
    const next = await runOnce(service);
    say(next === 'success' ? [] : [`ended as ${next ?? 'nothing'}`], 'the next run');
    say(await invariants.violationsAtRest(), 'after recovery');
  }
  return { points: FAR_TOO_MANY, checks: invariants.checks, violations: [...violations, 'no run survived'] };
}

/**
 * As above, in a process that is killed at the point: at `first`, then at each `step`-th after it. `service` puts it
 * right, on the same database.
 */
export async function sweepKills(
  service: Service,
  market: SequencedMarket,
  { first, step, until = Infinity }: { first: number; step: number; until?: number },
): Promise<Swept> {
  const invariants = new Invariants(service.database.dataSource, market);
  const violations: string[] = [];
  let next = new ServiceProcess();
  let points = 0;
  try {
    for (let at = first; at < FAR_TOO_MANY && Date.now() < until; at += step) {
      const process = next;
      process.start({ ...environmentOf(service, market), CRASH_POINT: String(at) });
      // Loading takes the longest.
      next = new ServiceProcess();
      const survived = await process.survived();
      const say = (said: readonly string[], when: string): void => {
        for (const each of said) violations.push(`kill at ${at}, ${when}: ${each}`);
      };
      say(await invariants.violations(), 'before recovery');
      if (survived !== undefined) {
        await process.stop();
        say(survived === 'success' ? [] : [`ended as ${survived}`], 'undisturbed');
        break;
      }
      const { signal } = await process.exited;
      if (signal !== 'SIGKILL') say(['the process ended otherwise'], 'at the point');
      points += 1;
      await expireLease(service);
      const recovered = await runOnce(service);
      say(recovered === 'success' ? [] : [`ended as ${recovered ?? 'nothing'}`], 'the next run');
      say(await invariants.violationsAtRest(), 'after recovery');
    }
  } finally {
    next.signal('SIGKILL');
    await next.exited;
  }
  return { points, checks: invariants.checks, violations };
}
