import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startService } from '../support/service.js';

/*
 * Whether the rules do what they say is promtool's to test (deploy/prometheus/alerts.test.yaml). What it can't know is
 * tested here: that what they ask for is what /metrics has, and that their links lead somewhere.
 */

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly text: string;
}

interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

interface Matcher {
  readonly label: string;
  readonly matches: (value: string) => boolean;
}

interface Series {
  readonly metric: string;
  readonly labels: ReadonlyMap<string, string>;
}

const contentOf = (path: string): Promise<string> => readFile(join(process.cwd(), path), 'utf8');

/** Two spaces a level, as Prettier keeps them: a file of one shape needs no parser of all of YAML. */
function rulesIn(file: string): Rule[] {
  return file
    .split(/^ {6}- alert: /m)
    .slice(1)
    .map((text) => {
      const [, folded, plain] = /^ {8}expr: (?:>-\n((?: {10}.*\n)+)|(.*)\n)/m.exec(text) ?? [];
      return { alert: text.split('\n', 1)[0] ?? '', expr: folded ?? plain ?? '', text };
    });
}

const OPERATORS = new Set(['and', 'or', 'unless', 'bool', 'offset']);

/** Every metric that an expression names, with what it asks of its labels. */
function selectorsOf(expr: string): Selector[] {
  const ungrouped = expr.replace(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, ' ');
  return [...ungrouped.matchAll(/(?<![\w"])([a-z_:][\w:]*)\s*(\(|\{[^}]*\})?/g)].flatMap(
    ([, metric = '', after = '']) =>
      after === '(' || OPERATORS.has(metric) ? [] : [{ metric, matchers: matchersIn(after) }],
  );
}

function matchersIn(braces: string): Matcher[] {
  return [...braces.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].map(
    ([, label = '', operator = '', value = '']) => {
      const pattern = new RegExp(`^(?:${value})$`);
      const positive = operator.endsWith('~') ? pattern.test.bind(pattern) : (of: string) => of === value;
      return { label, matches: operator.startsWith('!') ? (of) => !positive(of) : positive };
    },
  );
}

function seriesIn(exposed: string): Series[] {
  return [...exposed.matchAll(/^([a-z_:][\w:]*)(\{.*\})? \S+$/gm)].map(([, metric = '', braces = '']) => ({
    metric,
    labels: new Map(
      [...braces.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]),
    ),
  }));
}

function selects({ metric, matchers }: Selector, series: Series): boolean {
  return (
    series.metric === metric &&
    matchers.every(
      ({ label, matches }) => series.labels.has(label) && matches(series.labels.get(label) ?? ''),
    )
  );
}

/** What GitHub makes of a heading. */
function anchorsIn(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('the alert rules', () => {
  let rules: Rule[];

  beforeAll(async () => {
    rules = rulesIn(await contentOf('deploy/prometheus/alerts.yaml'));
    expect(rules.length).toBeGreaterThan(10);
  });

  it('ask for series that a service exposes from its start', async () => {
    const service = await startService();
    try {
      const exposed = seriesIn((await service.get('/metrics')).text);
      const missing = rules.flatMap(({ alert, expr }) => {
        const selectors = selectorsOf(expr);
        expect([alert, selectors.length > 0]).toEqual([alert, true]);
        return selectors
          .filter((selector) => !exposed.some((series) => selects(selector, series)))
          .map(
            ({ metric, matchers }) => `${alert}: ${metric} with ${matchers.map(({ label }) => label).join()}`,
          );
      });
      expect(missing).toEqual([]);
    } finally {
      await service.stop();
    }
  });

  it('each say how long, how bad, what it is, and where the guide speaks of it', async () => {
    const anchors = anchorsIn(await contentOf('docs/operations.md'));
    for (const { alert, text } of rules) {
      expect(text).toMatch(/^ {8}for: \d+[mh]$/m);
      expect(text).toMatch(/^ {8}labels: \{ severity: (critical|warning|info) \}$/m);
      for (const annotation of ['summary', 'description'])
        expect(text).toMatch(new RegExp(`^ {10}${annotation}: ..`, 'm'));
      const [, anchor] = /^ {10}runbook: docs\/operations\.md#(\S+)$/m.exec(text) ?? [];
      expect([alert, anchors.filter((known) => known === anchor)]).toEqual([alert, [anchor]]);
    }
  });

  it('each have a test in which they fire and one in which they don’t', async () => {
    const tests = (await contentOf('deploy/prometheus/alerts.test.yaml')).split(/^ {8}alertname: /m).slice(1);
    const tested = (alert: string, fires: boolean): boolean =>
      tests.some((test) => test.startsWith(`${alert}\n`) && test.includes('exp_alerts: []') !== fires);
    for (const { alert } of rules)
      expect([alert, tested(alert, true), tested(alert, false)]).toEqual([alert, true, true]);
  });
});
