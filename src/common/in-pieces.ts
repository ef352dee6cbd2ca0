import { setImmediate as othersTurn } from 'node:timers/promises';

/** Milliseconds at a stretch: an answer that comes in meanwhile waits for so long. */
const STRETCH_MS = 1;

/** Does long work of one thread to its end; wherever it yields, whoever else waits for the thread may get a turn. */
export async function inPieces<Result>(work: Generator<undefined, Result>): Promise<Result> {
  for (let since = performance.now(); ;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() - since < STRETCH_MS) continue;
    await othersTurn();
    since = performance.now();
  }
}
