import type { Json, SourceIo } from './source-adapter.js';
import { SourcePayloadInvalid, SourceUnavailable } from './source-errors.js';

/** What APIs share of asking for contract addresses: at most daily, and never at the price of the prices. */

const EVERY_MS = 24 * 3_600_000;

/** `at`: when it was last asked for, as an adapter's memory has it. */
export function isCatalogueDue(at: Json | undefined, now: Date): boolean {
  const age = now.getTime() - Date.parse(typeof at === 'string' ? at : '');
  return !(age >= 0 && age < EVERY_MS);
}

/**
 * The page, or why there is none: `later` may help in the next pass, `refused` not before tomorrow. What fails
 * every request of the source alike is thrown on.
 */
export async function catalogueOr<Page>(
  what: string,
  io: SourceIo,
  fetch: () => Promise<Page>,
): Promise<Page | 'later' | 'refused'> {
  try {
    return await fetch();
  } catch (error) {
    if (!(error instanceof SourceUnavailable || error instanceof SourcePayloadInvalid)) throw error;
    io.warn(`no ${what} in this pass: ${error.message}`);
    // What came wrong will come wrong again in half an hour, and costs quota: ask tomorrow.
    return error.retryable ? 'later' : 'refused';
  }
}
