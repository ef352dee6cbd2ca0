/**
 * The items of a source, each made ready while the one before is in use: a page is fetched and read while the database
 * writes the last. An item that fails does so in its turn. Whoever stops early calls `abandon`, so that the one under
 * way ends soon.
 */
export async function* readAhead<Item, Ready>(
  items: AsyncIterable<Item>,
  prepare: (item: Item) => Promise<Ready>,
  abandon: () => void,
): AsyncGenerator<Ready> {
  const iterator = items[Symbol.asyncIterator]();
  const prepareNext = async (): Promise<Outcome<Ready>> => {
    try {
      const step = await iterator.next();
      return step.done === true ? { end: true } : { ready: await prepare(step.value) };
    } catch (error) {
      return { error };
    }
  };
  let next = prepareNext();
  try {
    for (;;) {
      const outcome = await next;
      if ('error' in outcome) throw outcome.error;
      if ('end' in outcome) return;
      next = prepareNext();
      yield outcome.ready;
    }
  } finally {
    abandon();
    await next;
    await iterator.return?.();
  }
}

/** Kept until its turn: a promise that is rejected before anybody waits for it would end the process. */
type Outcome<Ready> = { readonly ready: Ready } | { readonly end: true } | { readonly error: unknown };
