import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { answering, ready } from './answering.js';
import { distinctRead } from './distinct-reads.js';
import type { Latency, Load, LoadOutcome, SteadyLoad } from './load.js';
import { quantile } from './spread.js';

/*
 * The one load generator, for all contestants alike. Of HTTP it reads the status and the length: a client that parses
 * every header needs more time for an answer than `node:http` for sending it, and would measure itself.
 */

const HEAD_END = Buffer.from('\r\n\r\n');
const TICK_MS = 1;
const MOST_SOCKETS = 1_000;
const LONGEST_MS = 5_000;

/** What has been measured so far. */
class Sheet {
  private latencies: number[] = [];
  private errors = 0;
  private error: string | null = null;
  private bytes = 0;
  private begun = 0;
  private cpu = process.cpuUsage();
  private open = false;

  begin(): void {
    this.open = true;
    this.begun = performance.now();
    this.cpu = process.cpuUsage();
  }

  answered(latencyMs: number, bytes: number): void {
    if (!this.open) return;
    this.latencies.push(latencyMs);
    this.bytes = bytes;
  }

  failed(why: string): void {
    this.errors += 1;
    this.error ??= why;
  }

  get all(): number[] {
    if (this.error !== null) throw new Error(this.error);
    return this.latencies;
  }

  close(): LoadOutcome {
    this.open = false;
    const seconds = (performance.now() - this.begun) / 1000;
    const { user, system } = process.cpuUsage(this.cpu);
    const latencyMs: Latency = {
      p50: quantile(this.latencies, 0.5),
      p99: quantile(this.latencies, 0.99),
      max: quantile(this.latencies, 1),
    };
    return {
      requests: this.latencies.length,
      requestsPerSecond: this.latencies.length / seconds,
      errors: this.errors,
      error: this.error,
      latencyMs,
      bytes: this.bytes,
      generatorCores: (user + system) / 1e6 / seconds,
    };
  }
}

/** What is sent, ready made where it is always the same. */
function requestsOf({ url, reads, headers = {} }: Load): () => Buffer {
  const head = Object.entries({ Host: new URL(url).host, ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  const request = (path: string): Buffer => Buffer.from(`GET ${path} HTTP/1.1\r\n${head}\r\n`, 'latin1');
  if (reads.kind === 'in turn') {
    const ready = reads.paths.map(request);
    let turn = 0;
    return () => ready[turn++ % ready.length] ?? request('/');
  }
  let next = reads.from;
  return () => request(distinctRead(next++, reads.coinIds));
}

/** One connection, one request at a time. */
class Connection {
  private readonly socket: Socket;
  private since = 0;
  private missing = -1;
  private length = 0;

  constructor(
    { url, status }: Load,
    private readonly sheet: Sheet,
    private readonly idle: (connection: Connection) => void,
    private readonly lost: (connection: Connection) => void,
  ) {
    const { hostname, port } = new URL(url);
    this.socket = connect(Number(port), hostname).setNoDelay(true);
    this.socket.on('data', (chunk) => this.read(chunk, status));
    this.socket.on('error', (error) => this.sheet.failed(error.message));
    this.socket.on('close', () => {
      if (this.since !== 0) this.sheet.failed('the connection was closed before the answer');
      this.lost(this);
    });
  }

  send(request: Buffer, since: number): void {
    this.since = since;
    this.socket.write(request);
  }

  end(): void {
    this.since = 0;
    this.socket.destroy();
  }

  private read(chunk: Buffer, status: number): void {
    if (this.missing < 0) this.readHead(chunk, status);
    else this.missing -= chunk.length;
    if (this.missing > 0 || this.since === 0) return;
    this.sheet.answered(performance.now() - this.since, this.length);
    this.since = 0;
    this.missing = -1;
    this.idle(this);
  }

  private readHead(chunk: Buffer, status: number): void {
    const end = chunk.indexOf(HEAD_END);
    const head = chunk.toString('latin1', 0, end);
    const answered = Number(head.slice(9, 12));
    const length = answered === 304 ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? NaN);
    if (end < 0 || Number.isNaN(length)) {
      // Never so with what is measured: the answers have a length, and their head fits into one packet.
      this.sheet.failed(`an answer without its length: ${head.slice(0, 200)}`);
      this.end();
      return;
    }
    if (answered !== status) this.sheet.failed(`status ${answered}`);
    this.length = end + HEAD_END.length + length;
    this.missing = this.length - chunk.length;
  }
}

answering('full load', async (load) => {
  const sheet = new Sheet();
  const request = requestsOf(load);
  const open = new Set<Connection>();
  let ended: (() => void) | null = null;
  const next = (connection: Connection): void => {
    if (ended) connection.end();
    else connection.send(request(), performance.now());
  };
  const add = (): void => {
    const connection = new Connection(load, sheet, next, (lost) => {
      open.delete(lost);
      if (!ended) add();
      else if (open.size === 0) ended();
    });
    open.add(connection);
    next(connection);
  };
  for (let count = 0; count < load.connections; count++) add();
  await elapsed(load.warmUpMs);
  sheet.begin();
  await elapsed(load.ms);
  const outcome = sheet.close();
  // What is under way is waited for, or the server would be at it while the next is measured.
  const over = new Promise<void>((resolve) => {
    ended = resolve;
  });
  await Promise.race([over, elapsed(LONGEST_MS)]);
  for (const connection of open) connection.end();
  return outcome;
});

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

answering('one by one', async ({ url, paths, withinMs }) => {
  const sheet = new Sheet();
  const load: Load = { url, reads: { kind: 'in turn', paths }, status: 200 };
  const request = requestsOf(load);
  sheet.begin();
  await new Promise<void>((resolve) => {
    let left = paths.length;
    const until = performance.now() + withinMs;
    const next = (free: Connection): void => {
      if (left-- > 0 && performance.now() < until) free.send(request(), performance.now());
      else free.end();
    };
    next(new Connection(load, sheet, next, () => resolve()));
  });
  return sheet.all;
});

let steady: { stop: () => Promise<LoadOutcome> } | null = null;

answering('begin steady load', (load) => {
  steady = begin(load);
  return true;
});

answering('end steady load', async () => {
  if (!steady) throw new Error('no steady load has begun');
  return steady.stop();
});

function begin(load: SteadyLoad): { stop: () => Promise<LoadOutcome> } {
  const sheet = new Sheet();
  const request = requestsOf(load);
  const idle: Connection[] = [];
  const open = new Set<Connection>();
  const due: number[] = [];
  let drained: (() => void) | null = null;
  const serve = (): void => {
    while (due.length > 0) {
      const connection = idle.pop() ?? opened();
      if (!connection) return;
      connection.send(request(), due.shift() ?? 0);
    }
    if (idle.length === open.size) drained?.();
  };
  const opened = (): Connection | null => {
    if (open.size >= MOST_SOCKETS) return null;
    const connection = new Connection(
      load,
      sheet,
      (free) => {
        idle.push(free);
        serve();
      },
      (lost) => {
        open.delete(lost);
        const at = idle.indexOf(lost);
        if (at >= 0) idle.splice(at, 1);
        serve();
      },
    );
    open.add(connection);
    return connection;
  };
  sheet.begin();
  const begun = performance.now();
  let scheduled = 0;
  const timer = setInterval(() => {
    const wanted = ((performance.now() - begun) * load.requestsPerSecond) / 1000;
    for (; scheduled <= wanted; scheduled++) due.push(begun + (scheduled * 1000) / load.requestsPerSecond);
    serve();
  }, TICK_MS);
  return {
    // What is under way is waited for: the slowest answers are those that count.
    stop: async () => {
      clearInterval(timer);
      await new Promise<void>((resolve) => {
        drained = resolve;
        serve();
      });
      const outcome = sheet.close();
      for (const connection of open) connection.end();
      return outcome;
    },
  };
}

ready();
