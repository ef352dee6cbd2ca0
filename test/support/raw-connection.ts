import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** One connection to a server, and what comes over it to the byte. */
export class RawConnection {
  private received = Buffer.alloc(0);
  private ended = false;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (part) => {
      this.received = Buffer.concat([this.received, part]);
    });
    socket.once('close', () => {
      this.ended = true;
    });
    // Why it ended shows in what has arrived.
    socket.on('error', () => undefined);
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** Lines of requests, without their ends. */
  send(...lines: readonly string[]): void {
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  /** The next answer, status line, headers and body, which must have a `Content-Length` if any. */
  async answer(): Promise<string> {
    for (;;) {
      const head = this.received.indexOf('\r\n\r\n');
      if (head !== -1) {
        const headers = this.received.toString('latin1', 0, head);
        const bodyless = / 304 /.test(headers);
        const length = bodyless ? 0 : Number(/^content-length: (\d+)$/im.exec(headers)?.[1] ?? 0);
        const whole = head + 4 + length;
        if (this.received.length >= whole) {
          const answer = this.received.toString('utf8', 0, whole);
          this.received = this.received.subarray(whole);
          return answer;
        }
      }
      if (this.ended) throw new Error(`the connection ended with ${this.received.toString()}`);
      await once(this.socket, this.socket.destroyed ? 'close' : 'data');
    }
  }

  /** Waits for the server to end it. */
  async closed(): Promise<void> {
    if (!this.ended) await once(this.socket, 'close');
  }

  /** Leaves without a word. */
  leave(): void {
    this.socket.destroy();
  }

  /** Takes nothing more in, so that what is sent stays on its way. */
  stopReading(): void {
    this.socket.pause();
  }
}
