import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What run-service.cjs says. */
interface ServiceEvent {
  readonly ready?: true;
  readonly url?: string;
  readonly failed?: string;
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

  /** Where it listens, once it does. */
  async url(): Promise<string> {
    for (;;) {
      for (const { url, failed } of this.events) {
        if (failed !== undefined) throw new Error(failed);
        if (url !== undefined) return url;
      }
      if (this.deaf) throw new Error('the service ended before it listened');
      await new Promise<void>((wake) => this.heard.push(wake));
    }
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
}
