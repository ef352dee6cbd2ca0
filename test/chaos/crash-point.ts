import { AsyncLocalStorage } from 'node:async_hooks';
import { Client, Query } from 'pg';

/**
 * `throw`: the operation is not done. `lost`: it is done, and its connection ends before the answer comes. `kill`: the
 * process ends instead of doing it.
 */
export type Crash = 'throw' | 'lost' | 'kill';

class CrashPointReached extends Error {
  constructor(operation: number, statement: string) {
    super(`crash point: operation ${operation}, ${statement}`);
    this.name = 'CrashPointReached';
  }
}

const current = new AsyncLocalStorage<CrashPoint>();

/** The n-th database operation of what is done `during` it: neither the API's nor another job's count. */
export class CrashPoint {
  /** What was to be done at the point; null: never reached. */
  statement: string | null = null;
  private operations = 0;

  constructor(
    private readonly at: number,
    private readonly how: Crash,
  ) {
    watchEveryClient();
  }

  during<T>(work: () => Promise<T>): Promise<T> {
    return current.run(this, work);
  }

  operation(client: Client, statement: string, send: () => unknown): unknown {
    this.operations += 1;
    if (this.operations !== this.at) return send();
    this.statement = statement.trim().split('\n', 1)[0] ?? '';
    const reached = new CrashPointReached(this.at, this.statement);
    if (this.how === 'kill') process.kill(process.pid, 'SIGKILL');
    if (this.how !== 'lost') return Promise.reject(reached);
    return Promise.resolve(send()).then(() => {
      client.connection.stream.destroy();
      throw reached;
    });
  }
}

let watching = false;

/** In the driver itself, below everything that could hide an operation. */
function watchEveryClient(): void {
  if (watching) return;
  watching = true;
  const prototype = Client.prototype as unknown as { query: (...asked: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function (this: Client, ...asked: unknown[]): unknown {
    const [first] = asked;
    const statement = textOf(first);
    const point = current.getStore();
    if (!point || statement === null) return query.apply(this, asked);
    if (!(first instanceof Query)) return point.operation(this, statement, () => query.apply(this, asked));
    // Rows that are copied: what comes of them is told to whoever asked by a callback.
    const copy = first as unknown as { callback: (error: Error | null) => void };
    const { callback } = copy;
    const send = (): Promise<void> =>
      new Promise((resolve, reject) => {
        copy.callback = (error) => {
          if (error) reject(error);
          else resolve();
        };
        query.call(this, copy);
      });
    Promise.resolve(point.operation(this, statement, send)).then(() => callback(null), callback);
    return first;
  };
}

function textOf(asked: unknown): string | null {
  if (typeof asked === 'string') return asked;
  return typeof asked === 'object' && asked !== null && 'text' in asked && typeof asked.text === 'string'
    ? asked.text
    : null;
}
