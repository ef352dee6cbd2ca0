/** The database did not answer in the time its asker has. Counts as away. */
export class DatabaseTooSlow extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(milliseconds: number) {
    super(`the database did not answer within ${milliseconds} ms`);
    this.name = 'DatabaseTooSlow';
  }
}

/** A query with a time limit of its asker's own, shorter than the connection's. */
export async function within<T>(milliseconds: number, query: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DatabaseTooSlow(milliseconds));
    }, milliseconds);
  });
  try {
    return await Promise.race([query, late]);
  } finally {
    clearTimeout(timer);
    // When the limit came first, the query's own failure is nobody's news any more.
    query.catch(() => undefined);
  }
}
