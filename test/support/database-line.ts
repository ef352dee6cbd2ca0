import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/**
 * The line to PostgreSQL, which a test can cut or let fall silent: everything that goes over it does, nothing else
 * notices.
 */
export class DatabaseLine {
  private readonly sockets = new Set<Socket>();
  private cutPort = 0;
  private silent = false;

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

  /** New connections work again, on the same port. Those that were cut or have fallen silent stay so. */
  async restore(): Promise<void> {
    this.silent = false;
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
      one.pipe(other);
    }
  }
}
