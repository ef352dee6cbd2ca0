import type { Part, Row, Table, Unit } from './goals.js';
import type { Figure, Measured } from './measured.js';
import type { Spread } from './spread.js';

export type Verdict = 'met' | 'MISSED' | '';

export interface ReportedRow {
  readonly part: Part;
  readonly what: string;
  readonly unit: Unit;
  readonly measured: Spread | null;
  readonly note: string | null;
  readonly goal: string;
  readonly verdict: Verdict;
}

/** What has a goal and wasn't measured has missed it. */
export function verdictOn({ atLeast, atMost }: Row, figure: Figure | undefined): Verdict {
  if (atLeast === undefined && atMost === undefined) return '';
  const median = figure?.spread.median ?? NaN;
  return median >= (atLeast ?? -Infinity) && median <= (atMost ?? Infinity) ? 'met' : 'MISSED';
}

export function reportOf(part: Part, { rows }: Table, measured: Measured): ReportedRow[] {
  return rows.map((row) => {
    const figure = measured.get(row.key);
    return {
      part,
      what: row.what,
      unit: row.unit,
      measured: figure?.spread ?? null,
      note: figure?.note ?? null,
      goal: goalOf(row),
      verdict: verdictOn(row, figure),
    };
  });
}

function goalOf({ atLeast, atMost, unit }: Row): string {
  if (atLeast !== undefined) return `≥ ${shown(atLeast, unit)}`;
  return atMost === undefined ? '' : `≤ ${shown(atMost, unit)}`;
}

/** In GitHub's Markdown, so that it can be read as it is and copied. */
export function tableOf(title: string, rows: readonly ReportedRow[]): string {
  const lines = [
    ['', 'measured', 'from … to', 'goal', ''],
    ...rows.map(({ what, unit, measured, note, goal, verdict }) => [
      // Markdown drops what a line is indented by.
      what.replace(/^ +/, '… ') + (note === null ? '' : ` (${note})`),
      measured === null ? 'not measured' : `${shown(measured.median, unit)}${UNITS[unit]}`,
      measured === null || measured.rounds.length === 1
        ? ''
        : `${shown(measured.least, unit)} … ${shown(measured.most, unit)}`,
      goal,
      verdict,
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const written = lines.map((line) => `| ${line.map((cell, at) => pad(cell, at, widths)).join(' | ')} |`);
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [`## ${title}`, '', written[0], rule, ...written.slice(1), ''].join('\n');
}

function pad(cell: string, at: number, widths: readonly number[]): string {
  const width = widths[at] ?? 0;
  return at === 0 ? cell.padEnd(width) : cell.padStart(width);
}

const UNITS: Readonly<Record<Unit, string>> = {
  ratio: ' ×',
  'requests/s': '/s',
  ms: ' ms',
  count: '',
  MB: ' MB',
  'listings/s': '/s',
  s: ' s',
  share: ' %',
};

function shown(value: number, unit: Unit): string {
  if (unit === 'share') return (value * 100).toFixed(0);
  if (unit === 'ratio' || unit === 's') return value.toFixed(2);
  if (unit === 'MB') return value.toFixed(Math.abs(value) < 10 ? 2 : 0);
  if (unit === 'ms') return value.toFixed(value < 10 ? 2 : 0);
  return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
}
