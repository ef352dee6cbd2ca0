import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Transform } from 'node:stream';

/**
 * What happens to a connection at a COMMIT. `unsent`: it is cut, and the COMMIT with it. `unanswered`: PostgreSQL gets it
 * and does it, and then the connection is cut. The silent ones stay open at both ends, and nothing comes through any more.
 */
export type CommitFate = 'unsent' | 'unanswered' | 'silent before' | 'silent after';

/** As pg sends it, in a message of its own. */
const COMMIT = Buffer.from('COMMIT\0');

/**
 * The line to PostgreSQL, which a test can cut, slow down or let fall silent: everything that goes over it does, nothing
 * else notices.
 */
export class DatabaseLine {
  private readonly sockets = new Set<Socket>();
  private cutPort = 0;
  private silent = false;
  private delayMs = 0;
  private trap: { commits: number; readonly fate: CommitFate } | null = null;

  private constructor(
    private readonly target: URL,
    private readonly server: Server,
  ) {
    server.on('connection', (near) => this.join(near));
  }

  static async open(url: string): Promise<DatabaseLine> {
    const line = new DatabaseLine(new URL(url), createServer());
    await line.listen(0);
    return line;
  }

  /** The same database, over this line. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${this.port}`;
    return url.href;
  }

  /** Connections are reset, and new ones refused. */
  async cut(): Promise<void> {
    this.cutPort = this.port;
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /**
   * As when packets are dropped: connections stay open on both ends, new ones are taken, and not a byte comes
   * through. Neither end is told of anything.
   */
  fallSilent(): void {
    this.silent = true;
    for (const socket of this.sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  /** Whatever is sent to PostgreSQL from now on takes so much longer. */
  slowDown(milliseconds: number): void {
    this.delayMs = milliseconds;
  }

  /** The next connection to send a COMMIT, or the n-th, is lost over it; all others stay as they are. */
  loseAtCommit(fate: CommitFate, commits = 1): void {
    this.trap = { fate, commits };
  }

  /** Whether `loseAtCommit` is still to happen. */
  get isTrapSet(): boolean {
    return this.trap !== null;
  }

  /** New connections work again, on the same port. Those that were cut or have fallen silent stay so. */
  async restore(): Promise<void> {
    this.silent = false;
    this.trap = null;
    this.delayMs = 0;
    if (!this.server.listening) await this.listen(this.cutPort);
  }

  async close(): Promise<void> {
    if (this.server.listening) await this.cut();
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  }

  private join(near: Socket): void {
    if (this.silent) {
      this.sockets.add(near.pause());
      near.on('error', () => undefined).on('close', () => this.sockets.delete(near));
      return;
    }
    const far = connect(Number(this.target.port), this.target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      // A socket that fails is closed next; its other end goes with it.
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
    near.pipe(this.watched(near, far)).pipe(far);
    far.pipe(near);
  }

  private watched(near: Socket, far: Socket): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        const fate = this.fateOf(chunk);
        if (fate === 'unsent') near.destroy();
        else if (fate === 'silent before') near.pause();
        else if (fate !== null) {
          far.unpipe(near);
          if (fate === 'unanswered') far.once('data', () => near.destroy());
          else far.resume();
          done(null, chunk);
        } else if (this.delayMs > 0) setTimeout(() => done(null, chunk), this.delayMs);
        else done(null, chunk);
      },
    });
  }

  private fateOf(chunk: Buffer): CommitFate | null {
    if (!this.trap || !chunk.includes(COMMIT)) return null;
    this.trap.commits -= 1;
    if (this.trap.commits > 0) return null;
    const { fate } = this.trap;
    this.trap = null;
    return fate;
  }
}
