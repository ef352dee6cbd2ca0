import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { until } from './until.js';

const MAIN = `require('./test/support/register-typescript.cjs'); require('./src/serve.ts').serve(require.resolve('./test/support/run-thread.cjs'));`;

/** `npm start` as it is, in a process of its own, with everything it prints. */
export class MainProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown[]>;
  private text = '';

  constructor(environment: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, ['-e', MAIN], {
      cwd: process.cwd(),
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        this.text += part;
      });
    this.child = child;
    this.ended = once(child, 'close');
  }

  /** What it has printed so far, logs and errors alike. */
  get printed(): string {
    return this.text;
  }

  /** Where it listens, as it says itself. */
  url(): Promise<string> {
    return until('the service to say where it listens', async () => {
      if (this.child.exitCode !== null) throw new Error(`it ended: ${this.text}`);
      return /API +(http:\/\/localhost:\d+)/.exec(this.text)?.[1];
    });
  }

  /** Its exit code, once it ends by itself. */
  async exitCode(): Promise<number | null> {
    await this.ended;
    return this.child.exitCode;
  }

  /** Its exit code after SIGTERM. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null) this.child.kill('SIGTERM');
    await this.ended;
    return this.child.exitCode;
  }
}
