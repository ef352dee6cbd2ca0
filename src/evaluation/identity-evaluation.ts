import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Settings } from '../config/settings.js';
import type { CoinGroup } from '../identity/coin-group.js';
import { match } from '../identity/matcher.js';
import { normaliseChain } from '../identity/normalise.js';
import { errorCode } from '../ingestion/error-code.js';
import { CoinGeckoSource } from '../ingestion/sources/coingecko.source.js';
import { CoinPaprikaSource } from '../ingestion/sources/coinpaprika.source.js';
import { contractsFeed, readCatalogue, type Catalogue } from './catalogue.js';
import { readArguments, USAGE, type EvaluationArguments } from './evaluation-arguments.js';
import { figuresAsJson, figuresAsTable } from './figures.js';
import { InputUnusable } from './input-unusable.js';
import { consistentLabels, readLabelledPairs, type Labels, type Pair } from './labelled-pairs.js';
import { mistakeLines } from './mistakes.js';
import { score } from './score.js';
import { symbolJoin } from './symbol-join.js';
import { UnreadRows } from './unread-rows.js';

/** What the command may use of the process it runs in. */
export interface Terminal {
  /** What file names are relative to. */
  readonly folder: string;
  out(text: string): void;
  /** For what is not a result. */
  remark(text: string): void;
}

/** Runs the command and returns its exit code: 2 where what was asked for can't be done as asked. */
export function evaluateIdentity(words: readonly string[], terminal: Terminal): number {
  try {
    const asked = readArguments(words);
    if (asked === 'help') terminal.out(USAGE);
    else evaluate(asked, terminal);
    return 0;
  } catch (error) {
    if (!(error instanceof InputUnusable)) throw error;
    terminal.remark(`eval:identity: ${error.message}\n`);
    return 2;
  }
}

function evaluate(asked: EvaluationArguments, terminal: Terminal): void {
  const unread = new UnreadRows();
  const labels = readLabels(asked, terminal, unread);
  const catalogues = readCatalogues(asked, terminal, unread);
  const [coingecko, coinpaprika] = [
    [...catalogues.coingecko.listings.values()],
    [...catalogues.coinpaprika.listings.values()],
  ];
  for (const line of unread.lines()) terminal.remark(`${line}\n`);

  const start = performance.now();
  const groups = match([...coingecko, ...coinpaprika], [], []);
  const seconds = (performance.now() - start) / 1000;

  const isListed = (pair: Pair): boolean =>
    catalogues.coingecko.ids.has(pair.coingecko) && catalogues.coinpaprika.ids.has(pair.coinpaprika);
  const matcher = score(linksOf(groups), labels, isListed);
  const figures = {
    matcher,
    symbolJoin: score(symbolJoin(coingecko, coinpaprika), labels, isListed),
    labels,
    listings: { coingecko: coingecko.length, coinpaprika: coinpaprika.length },
    withContracts: asked.contracts.length > 0,
    unreadRows: unread.count,
    seconds,
    // In kilobytes, on every platform.
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
  if (asked.mistakes !== null) {
    const lines = mistakeLines(matcher, { groups, catalogues, labels });
    writeMistakes(asked.mistakes, lines, terminal);
  }
  terminal.out(asked.json ? `${figuresAsJson(figures)}\n` : figuresAsTable(figures));
}

function readLabels(asked: EvaluationArguments, terminal: Terminal, unread: UnreadRows): Labels {
  const read = (option: string, file: string) =>
    readLabelledPairs(readInput(option, file, terminal), file, unread);
  const gold = read('--gold', asked.gold);
  if (gold.length === 0) throw new InputUnusable(`${asked.gold} has no pair to measure by`);
  const notSame = asked.notSame === null ? null : read('--not-same', asked.notSame);
  return consistentLabels({ gold, notSame }, asked.notSame ?? '', unread);
}

function readCatalogues(
  asked: EvaluationArguments,
  terminal: Terminal,
  unread: UnreadRows,
): Record<keyof Pair, Catalogue> {
  const settings = new Settings();
  const list = { file: asked.coingecko, body: readInput('--coingecko', asked.coingecko, terminal) };
  const coins = { file: asked.coinpaprika, body: readInput('--coinpaprika', asked.coinpaprika, terminal) };
  const contracts = asked.contracts.map(({ chain, file }) => ({
    file,
    body: readInput('--contracts', file, terminal),
    feed: contractsFeed(chain),
  }));
  const platforms = contracts.length > 0 ? [{ ...list, feed: 'catalogue' }] : [];
  const catalogues = {
    coingecko: readCatalogue(new CoinGeckoSource(settings), list, platforms, unread),
    coinpaprika: readCatalogue(new CoinPaprikaSource(settings), coins, contracts, unread),
  };
  const known = chainsOf(catalogues.coingecko);
  for (const chain of chainsOf(catalogues.coinpaprika))
    if (!known.has(chain))
      terminal.remark(
        `--contracts: no listing of CoinGecko has a contract on ${chain}, so they tell nothing\n`,
      );
  return catalogues;
}

function chainsOf({ listings }: Catalogue): Set<string> {
  return new Set(
    [...listings.values()].flatMap(({ contracts }) => contracts.map(({ chain }) => normaliseChain(chain))),
  );
}

/** Every listing of CoinGecko with every listing of CoinPaprika that is the same coin. */
function linksOf(groups: readonly CoinGroup[]): Pair[] {
  const idsOf = ({ members }: CoinGroup, source: keyof Pair): string[] =>
    members.filter((member) => member.source === source).map(({ sourceCoinId }) => sourceCoinId);
  return groups.flatMap((group) =>
    idsOf(group, 'coingecko').flatMap((coingecko) =>
      idsOf(group, 'coinpaprika').map((coinpaprika) => ({ coingecko, coinpaprika })),
    ),
  );
}

function readInput(option: string, file: string, { folder }: Terminal): Buffer {
  try {
    return readFileSync(resolve(folder, file));
  } catch (cause) {
    throw inputUnusable(`${option} ${file} can't be read`, cause);
  }
}

function writeMistakes(file: string, lines: readonly string[], { folder }: Terminal): void {
  try {
    writeFileSync(resolve(folder, file), lines.map((line) => `${line}\n`).join(''));
  } catch (cause) {
    throw inputUnusable(`--mistakes ${file} can't be written`, cause);
  }
}

function inputUnusable(what: string, cause: unknown): InputUnusable {
  const why = errorCode(cause) === 'ENOENT' ? 'there is no such file or folder' : String(cause);
  return new InputUnusable(`${what}: ${why}; give the path of another`, { cause });
}
