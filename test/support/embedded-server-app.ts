import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What run-embedded-server.cjs says. */
interface AppEvent {
  readonly log?: string;
  readonly url?: string;
  readonly port?: number;
  readonly stopped?: boolean;
  readonly answerAfterInterrupt?: number;
  readonly failed?: { readonly name: string; readonly message: string };
}

/** A process with an embedded server, in a process group of its own. */
export class EmbeddedServerApp {
  readonly events: AppEvent[] = [];
  readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;
  private readonly heard: (() => void)[] = [];
  private deaf = false;

  constructor(options: { dataDir: string; durable?: boolean; disposable?: boolean }) {
    const script = join(process.cwd(), 'test/support/run-embedded-server.cjs');
    const order = JSON.stringify({ packageRoot: process.cwd(), durable: false, ...options });
    const child = spawn(process.execPath, [script, order], {
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child = child;
    this.ended = once(child, 'close');
    const hear = (): void => this.heard.splice(0).forEach((wake) => wake());
    createInterface({ input: child.stdout })
      .on('line', (line) => {
        this.events.push(JSON.parse(line) as AppEvent);
        hear();
      })
      .on('close', () => {
        this.deaf = true;
        hear();
      });
  }

  /** The first event with this key; throws when the process ends without one. */
  async event<Key extends keyof AppEvent>(key: Key): Promise<NonNullable<AppEvent[Key]>> {
    for (;;) {
      for (const { [key]: value } of this.events) if (value !== undefined) return value;
      if (this.deaf) throw new Error(`No ${key} among ${JSON.stringify(this.events)}`);
      await new Promise<void>((wake) => this.heard.push(wake));
    }
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('The app was not started');
    return this.child.pid;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async stop(): Promise<void> {
    this.child.stdin?.end();
    await this.ended;
  }
}
