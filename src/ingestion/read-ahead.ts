export interface Ahead<Ready> {
  readonly ready: Ready;
  /** Call it when others work and we would wait: the next item is asked for, and made ready, from then on. */
  readonly goOn: () => void;
}

/**
 * The items of a source, each made ready while the one before is in use: a page is fetched and read while the database
 * writes the last. An item that fails does so in its turn. Whoever stops early calls `abandon`, so that the one under
 * way ends soon.
 */
export async function* readAhead<Item, Ready>(
  items: AsyncIterable<Item>,
  prepare: (item: Item) => Promise<Ready>,
  abandon: () => void,
): AsyncGenerator<Ahead<Ready>> {
  const iterator = items[Symbol.asyncIterator]();
  const prepareNext = async (): Promise<Outcome<Ready>> => {
    try {
      const step = await iterator.next();
      return step.done === true ? { end: true } : { ready: await prepare(step.value) };
    } catch (error) {
      return { error };
    }
  };
  const ahead: { next: Promise<Outcome<Ready>> | null } = { next: null };
  const goOn = (): Promise<Outcome<Ready>> => (ahead.next ??= prepareNext());
  try {
    for (;;) {
      const outcome = await goOn();
      if ('error' in outcome) throw outcome.error;
      if ('end' in outcome) return;
      ahead.next = null;
      yield { ready: outcome.ready, goOn: () => void goOn() };
    }
  } finally {
    abandon();
    await ahead.next;
    await iterator.return?.();
  }
}

/** Kept until its turn: a promise that is rejected before anybody waits for it would end the process. */
type Outcome<Ready> = { readonly ready: Ready } | { readonly end: true } | { readonly error: unknown };
