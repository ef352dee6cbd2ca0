import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What run-service.cjs says. */
interface ServiceEvent {
  readonly ready?: true;
  readonly url?: string;
  readonly failed?: string;
  /** How the run ended that it was to crash in, when it survived it. */
  readonly survived?: string;
}

/** The whole service in a process of its own, loaded and waiting until it is told to start. */
export class ServiceProcess {
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  private readonly child: ChildProcess;
  private readonly events: ServiceEvent[] = [];
  private readonly heard: (() => void)[] = [];
  private deaf = false;

  constructor() {
    const script = join(process.cwd(), 'test', 'support', 'run-service.cjs');
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child = child;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve({ code, signal });
      });
    });
    // One that was killed can't be told anything any more, and needn't be.
    child.stdin.on('error', () => undefined);
    const hear = (): void => this.heard.splice(0).forEach((wake) => wake());
    createInterface({ input: child.stdout })
      .on('line', (line) => {
        this.events.push(JSON.parse(line) as ServiceEvent);
        hear();
      })
      .on('close', () => {
        this.deaf = true;
        hear();
      });
  }

  start(environment: Readonly<Record<string, string>>): void {
    this.child.stdin?.write(`${JSON.stringify(environment)}\n`);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Whether it has ended, by itself or by a signal. */
  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Everything is loaded. */
  async ready(): Promise<void> {
    await this.said('it was loaded', ({ ready }) => ready);
  }

  /** Where it listens, once it does. */
  url(): Promise<string> {
    return this.said('it listened', ({ url }) => url);
  }

  /** How the run ended that it was to crash in; undefined when the process ended with it. */
  async survived(): Promise<string | undefined> {
    await Promise.race([this.exited, this.said('it survived', ({ survived }) => survived).catch(() => '')]);
    return this.events.find(({ survived }) => survived !== undefined)?.survived;
  }

  /** SIGSTOP, SIGCONT, SIGKILL. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** As with Ctrl-C: what is under way ends, and the process with it. */
  async stop(): Promise<void> {
    this.child.stdin?.end();
    await this.exited;
  }

  private async said<T>(what: string, pick: (event: ServiceEvent) => T | undefined): Promise<T> {
    for (;;) {
      for (const event of this.events) {
        if (event.failed !== undefined) throw new Error(event.failed);
        const found = pick(event);
        if (found !== undefined) return found;
      }
      if (this.deaf) throw new Error(`the service ended before ${what}`);
      await new Promise<void>((wake) => this.heard.push(wake));
    }
  }
}
