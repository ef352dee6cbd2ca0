import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Questions } from './questions.js';

const FOLDER = join(process.cwd(), 'test', 'bench');
/** Of what a process wrote to stderr, as much as tells why it ended. */
const LAST_WORDS = 4_000;

interface Message {
  readonly id?: number;
  readonly answer?: unknown;
  readonly failed?: string;
  readonly url?: string;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A process that is measured or measures: everything in it counts as its own, and none of it as the bench's. */
export class BenchProcess {
  private readonly waiting = new Map<number, Waiting>();
  private readonly closed: Promise<unknown>;
  private lastWords = '';
  private lastId = 0;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    this.closed = once(child, 'close').then(() => {
      this.failAll(`it ended: ${this.lastWords.trim() || (child.signalCode ?? child.exitCode)}`);
    });
    child.stderr?.setEncoding('utf8').on('data', (words: string) => {
      this.lastWords = (this.lastWords + words).slice(-LAST_WORDS);
    });
    child.on('message', ({ id = 0, answer, failed, url }: Message) => {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (failed === undefined) waiting?.resolve(url ?? answer);
      else waiting?.reject(new Error(`${name}: ${failed}`));
    });
  }

  /** A compiled program as it is, such as the service. Its stdout goes nowhere, as into a log collector. */
  static program(script: string, environment: Readonly<Record<string, string>>): BenchProcess {
    return BenchProcess.start(script, [], environment, [
      '--enable-source-maps',
      '--require',
      join(FOLDER, 'probe.cjs'),
    ]);
  }

  /** A TypeScript file of the bench; resolves once it says it is ready, with where it listens. */
  static async file(
    name: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ process: BenchProcess; url: string }> {
    const started = BenchProcess.start(
      join(FOLDER, 'run-process.cjs'),
      [join(FOLDER, name)],
      environment,
      [],
      name,
    );
    return { process: started, url: await started.answerTo<string>(0) };
  }

  private static start(
    script: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    execArgv: readonly string[],
    name = script,
  ): BenchProcess {
    const child = fork(script, args, {
      env: { PATH: process.env.PATH, NODE_ENV: 'production', ...environment },
      execArgv: [...execArgv],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    return new BenchProcess(name, child);
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** What it said last, for whoever waited for it in vain. */
  get complaint(): string {
    return this.lastWords;
  }

  ask<Kind extends keyof Questions>(
    kind: Kind,
    ...[question]: Questions[Kind]['asked'] extends null ? [] : [Questions[Kind]['asked']]
  ): Promise<Questions[Kind]['said']> {
    const id = ++this.lastId;
    const answer = this.answerTo<Questions[Kind]['said']>(id);
    if (this.child.connected) this.child.send({ id, kind, question });
    return answer;
  }

  async stop(): Promise<void> {
    if (!this.hasEnded) this.child.kill('SIGTERM');
    await this.closed;
  }

  private answerTo<Answer>(id: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: (answer) => resolve(answer as Answer), reject });
      if (this.hasEnded) this.failAll(`it has ended: ${this.lastWords}`);
    });
  }

  private failAll(reason: string): void {
    for (const { reject } of this.waiting.values()) reject(new Error(`${this.name}: ${reason}`));
    this.waiting.clear();
  }
}
