import type { CommitFate, DatabaseLine } from '../support/database-line.js';
import type { Service } from '../support/service.js';
import { expireLease, runOnce } from './crash-sweep.js';
import type { Invariants } from './invariants.js';

/** Claim, two pages, end: what a run of a market of two pages commits. */
export const COMMITS = 4;
const ENOUGH_TRIES = 3;

/**
 * A run loses its connection at its n-th COMMIT. The next one has to put it right without a restart, and nobody may go on
 * waiting for a connection.
 */
export async function loseCommit(
  service: Service,
  line: DatabaseLine,
  invariants: Invariants,
  { fate, commit }: { fate: CommitFate; commit: number },
): Promise<string[]> {
  const said: string[] = [];
  line.loseAtCommit(fate, commit);
  await runOnce(service).catch((error: unknown) => String(error));
  if (line.isTrapSet) said.push(`had no ${commit}. COMMIT`);
  said.push(...(await invariants.violations()).map((each) => `before recovery: ${each}`));
  const outcomes: (string | null)[] = [];
  while (outcomes.at(-1) !== 'success' && outcomes.length < ENOUGH_TRIES) {
    await expireLease(service);
    outcomes.push(await runOnce(service));
  }
  if (outcomes.at(-1) !== 'success') said.push(`the next runs ended as ${outcomes.join()}`);
  said.push(...(await invariants.violationsAtRest()).map((each) => `after recovery: ${each}`));
  const waiting = /^mintmark_database_pool_connections\{state="waited_for"\} (\d+)/m;
  const { text } = await service.get('/metrics');
  if (waiting.exec(text)?.[1] !== '0') said.push('somebody waits for a connection');
  const { status } = await service.get('/data?source=coingecko');
  if (status !== 200) said.push(`/data answers ${status}`);
  return said.map((each) => `${fate} at COMMIT ${commit}: ${each}`);
}
