import { spawn, type ChildProcess } from 'node:child_process';
import type { ServerAccount } from './server-account.js';
import { SERVER_ENVIRONMENT } from './server-account.js';

/** What the watchdog is to run and to look after. */
export interface WatchdogPlan {
  readonly command: string;
  readonly args: readonly string[];
  readonly account: ServerAccount | null;
  readonly logFile: string;
  /** Removed once PostgreSQL has run and ended, also when nobody is left to ask for it. */
  readonly removeAfter: readonly string[];
}

/** How PostgreSQL ended. */
export interface PostgresEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last of what it wrote to its log. */
  readonly lastWords: string;
}

type Message = { readonly ready: true } | { readonly ended: PostgresEnd };

/** Two files of this size at most: the log and the one before it. */
const LOG_BYTES = 5 * 1024 * 1024;

/**
 * The program between the app and PostgreSQL. It has its own session, so Ctrl-C in the terminal reaches only the
 * app, and ignores what else would end it; it stops PostgreSQL when it is told to or when its channel to the app
 * breaks, which is what is left of an app that was killed.
 *
 * A text run with `node --eval` and not a file: it works the same from `dist`, from a copy of it without `src`,
 * and under Jest, where a TypeScript file beside this one couldn't be run by node. Not a function's `toString()`
 * either: coverage would put its counters into it.
 */
const PROGRAM = `
const { spawn } = require('node:child_process');
const fs = require('node:fs');
process.title = 'mintmark-watchdog';
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
const plan = JSON.parse(process.argv[1]);
const size = (file) => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
const tell = (message, then) =>
  process.connected ? process.send(message, () => then?.()) : then?.();
let words = '';
let logged = size(plan.logFile);
let ready = false;
let stopping = false;
let ended = false;
const record = (chunk) => {
  words = (words + chunk).slice(-4096);
  if (!ready && words.includes('database system is ready to accept connections')) {
    ready = true;
    tell({ ready });
  }
  try {
    if (logged > plan.logBytes) {
      fs.renameSync(plan.logFile, plan.logFile + '.1');
      logged = 0;
    }
    fs.appendFileSync(plan.logFile, chunk, { mode: 0o600 });
    logged += chunk.length;
  } catch {
    // A log that can't be written (the disk is full) must not take the database down.
  }
};
const end = (code, signal) => {
  if (ended) return;
  ended = true;
  try {
    // Not before it ever was ready: a start that failed on its port is tried again in the same place.
    for (const path of ready ? plan.removeAfter : []) fs.rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  } finally {
    tell({ ended: { code, signal, lastWords: words } }, () => process.exit());
  }
};
const server = spawn(plan.command, plan.args, {
  cwd: '/',
  env: plan.env,
  stdio: ['ignore', 'ignore', 'pipe'],
  ...(plan.account && { uid: plan.account.uid, gid: plan.account.gid }),
});
server.stderr.setEncoding('utf8').on('data', record);
server.once('error', (error) => {
  record(error.message);
  end(null, null);
});
server.once('close', end);
// An orphaned backend may hold the log open longer than the postmaster lives.
server.once('exit', (code, signal) => setTimeout(end, 1000, code, signal));
const stop = () => {
  if (stopping) return;
  stopping = true;
  server.kill('SIGINT');
  setTimeout(() => server.kill('SIGQUIT'), 30000);
  setTimeout(() => server.kill('SIGKILL'), 40000);
};
process.once('message', stop);
process.once('disconnect', stop);
`;

/** The app's end of a watchdog. */
export class Watchdog {
  /** Resolves when PostgreSQL accepts connections, or with its end when it never will. */
  readonly started: Promise<'ready' | PostgresEnd>;
  /** Resolves when PostgreSQL has ended or its watchdog is gone. Never rejects. */
  readonly ended: Promise<PostgresEnd>;
  private readonly child: ChildProcess;

  constructor(plan: WatchdogPlan) {
    const order = JSON.stringify({ ...plan, env: SERVER_ENVIRONMENT, logBytes: LOG_BYTES });
    this.child = spawn(process.execPath, ['--input-type=commonjs', '--eval', PROGRAM, order], {
      cwd: '/',
      // Without NODE_OPTIONS: a debugger or a loader meant for the app isn't meant for this.
      env: SERVER_ENVIRONMENT,
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.ended = new Promise((resolve) => {
      let end: PostgresEnd = { code: null, signal: null, lastWords: 'its watchdog is gone' };
      this.child.on('message', (message: Message) => {
        if ('ended' in message) end = message.ended;
      });
      this.child.once('error', (error) => resolve({ ...end, lastWords: error.message }));
      // Not `exit`, which may come before the last message has been read.
      this.child.once('close', () => resolve(end));
    });
    const ready = new Promise<'ready'>((resolve) => {
      this.child.on('message', (message: Message) => {
        if ('ready' in message) resolve('ready');
      });
    });
    this.started = Promise.race([ready, this.ended]);
  }

  /** Lets the app end without having stopped PostgreSQL; the broken channel will. */
  unref(): void {
    this.child.unref();
    this.child.channel?.unref();
  }

  /** Has PostgreSQL stopped cleanly and waits for it. */
  async stop(): Promise<void> {
    this.child.ref();
    this.child.channel?.ref();
    // A channel that broke meanwhile says the same.
    if (this.child.connected) this.child.send('stop', () => undefined);
    await this.ended;
  }
}
