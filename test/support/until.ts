import { setTimeout as delay } from 'node:timers/promises';

/** For a busy machine that starts ten processes at once; what comes soon isn't waited for any longer. */
const LIMIT_MS = 60_000;
const LOOK_MS = 20;

/** Waits for a condition, never for a time; says what it waited for when it doesn't come. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false | null>,
  limitMs = LIMIT_MS,
): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${limitMs / 1000} s for ${what}`);
    await delay(LOOK_MS);
  }
}
