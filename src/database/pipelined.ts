import { setImmediate as sent } from 'node:timers/promises';
import { isOfFailedTransaction } from './database-errors.js';

type Outcomes<Steps extends readonly (() => Promise<unknown>)[]> = {
  [Index in keyof Steps]: Awaited<ReturnType<Steps[Index]>>;
};

/**
 * Begins each step once what the one before asked first is on its way to PostgreSQL, which goes on from one statement
 * to the next while we make the one after. Of one transaction's steps all are over before anything is thrown: none may
 * go on asking when the transaction is rolled back.
 */
export async function pipelined<const Steps extends readonly (() => Promise<unknown>)[]>(
  ...steps: Steps
): Promise<Outcomes<Steps>> {
  const begun: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  for (const step of steps) {
    if (begun.length > 0) await sent();
    if (failures.length > 0) break;
    // In a function of its own: what is thrown before anything was asked is a failure like any other.
    const under = (async (): Promise<unknown> => step())();
    under.catch((error: unknown) => failures.push(error));
    begun.push(under);
  }
  const settled = await Promise.allSettled(begun);
  // The first in time: what fails behind it may fail only because the transaction has, and may say so sooner.
  if (failures.length > 0) throw failures.find((failure) => !isOfFailedTransaction(failure)) ?? failures[0];
  return settled.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as Outcomes<Steps>;
}
