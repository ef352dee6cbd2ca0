import type { DataSource, EntityManager } from 'typeorm';
import { pipelined } from './pipelined.js';

/**
 * A transaction of which the first questions are asked right behind its beginning, which then isn't waited for. `ask` may
 * read and lock, and take numbers, and no more: if the transaction can't begin, what it asks is asked outside of any.
 */
export async function inTransaction<Asked, Result>(
  dataSource: DataSource,
  ask: (manager: EntityManager) => Promise<Asked>,
  work: (manager: EntityManager, asked: Asked) => Promise<Result>,
): Promise<Result> {
  const runner = dataSource.createQueryRunner();
  try {
    // In hand before anything is asked: what is asked goes out in the order it is asked in.
    await runner.connect();
    const [, asked] = await pipelined(
      () => runner.startTransaction(),
      () => ask(runner.manager),
    );
    const result = await work(runner.manager, asked);
    await runner.commitTransaction();
    return result;
  } catch (error) {
    // What failed first is told, whatever becomes of taking it back.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}
