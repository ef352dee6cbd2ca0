import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { measureCsv } from './csv-file.js';
import { TABLES } from './goals.js';
import type { Part, Row } from './goals.js';
import { Ground } from './ground.js';
import { measureGrowth } from './growth.js';
import { measureIdentity } from './identity.js';
import { measureIngesting } from './ingesting.js';
import { measureLoading } from './loading.js';
import { measureRuns } from './many-runs.js';
import type { Measured } from './measured.js';
import { measureReading } from './reading.js';
import { reportOf, tableOf } from './report.js';
import type { ReportedRow } from './report.js';
import { FULL, QUICK } from './sizes.js';

const MEASURE: Readonly<Record<Part, (ground: Ground) => Promise<Measured>>> = {
  reading: measureReading,
  growth: measureGrowth,
  ingesting: measureIngesting,
  loading: measureLoading,
  csv: measureCsv,
  runs: measureRuns,
  identity: measureIdentity,
};

const PARTS = Object.keys(TABLES) as Part[];
/** They take what they take; the others share what they leave. */
const WITHOUT_ROUNDS: readonly Part[] = ['csv', 'runs'];
const USAGE = `npm run bench -- [${PARTS.join('] [')}] [--quick] [--json FILE]`;

/** Measures what was asked for, or all that has goals, and prints the tables; how many rows missed their goal. */
export async function runBench(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
  });
  const asked = positionals.length === 0 ? hasGoals : (part: Part) => positionals.includes(part);
  const parts = [...WITHOUT_ROUNDS, ...PARTS.filter((part) => !WITHOUT_ROUNDS.includes(part))].filter(asked);
  if (parts.length < positionals.length) throw new Error(USAGE);
  const begun = performance.now();
  const ground = await Ground.open(values.quick ? QUICK : FULL);
  const interrupted = (): void => {
    ground.close().then(
      () => process.exit(130),
      (error: unknown) => {
        say(String(error));
        process.exit(130);
      },
    );
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const machine = machineOf(ground);
    say(
      Object.entries(machine)
        .map(([name, value]) => `${name}: ${value}`)
        .join('\n'),
    );
    if (values.quick) say('quick: the same rows as the whole bench, measured on less and for shorter');
    const rows: ReportedRow[] = [];
    for (const [at, part] of parts.entries()) {
      const partBegun = performance.now();
      ground.beginPart(parts.length - at);
      const reported = reportOf(part, TABLES[part], await measure(part, ground));
      rows.push(...reported);
      say(`${tableOf(TABLES[part].title, reported)}\n${part} took ${secondsSince(partBegun)} s\n`);
    }
    const missed = rows.filter(({ verdict }) => verdict === 'MISSED').length;
    const goals = rows.filter(({ verdict }) => verdict !== '').length;
    const seconds = secondsSince(begun);
    say(`${goals - missed} of ${goals} goals met in ${seconds} s`);
    if (values.json !== undefined)
      await writeFile(
        values.json,
        `${JSON.stringify({ machine, quick: values.quick, seconds, rows }, null, 2)}\n`,
      );
    return missed;
  } finally {
    await ground.close();
  }
}

function hasGoals(part: Part): boolean {
  const rows: readonly Row[] = TABLES[part].rows;
  return rows.some(({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined);
}

/** A part that fails has measured nothing: its rows have missed their goals, and the others are still measured. */
async function measure(part: Part, ground: Ground): Promise<Measured> {
  try {
    return await MEASURE[part](ground);
  } catch (error) {
    say(
      `${part} could not be measured: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return new Map();
  }
}

function machineOf(ground: Ground): Record<string, string> {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: `${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    system: `${process.platform} ${process.arch}`,
    Node: process.version,
    PostgreSQL: ground.serverVersion,
  };
}

function secondsSince(begun: number): number {
  return Math.round((performance.now() - begun) / 1000);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
