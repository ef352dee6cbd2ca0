import type { Labels } from './labelled-pairs.js';
import { fraction, type Score } from './score.js';

/** What one evaluation found, before it is printed. */
export interface Figures {
  readonly matcher: Score;
  readonly symbolJoin: Score;
  readonly labels: Labels;
  readonly listings: { readonly coingecko: number; readonly coinpaprika: number };
  readonly withContracts: boolean;
  readonly unreadRows: number;
  readonly seconds: number;
  readonly peakMegabytes: number;
}

/** One object in one line. Fractions are from 0 to 1; what couldn't be measured is null. */
export function figuresAsJson(figures: Figures): string {
  const { matcher, symbolJoin, labels } = figures;
  return JSON.stringify({
    ...scoreAsJson(matcher),
    seconds: Number(figures.seconds.toFixed(3)),
    peak_mb: Math.round(figures.peakMegabytes),
    recall_of_all: fraction(matcher.goldPairsLinked, matcher.goldPairs),
    gold_pairs: matcher.goldPairs,
    gold_pairs_absent: matcher.goldPairsAbsent,
    gold_pairs_linked: matcher.goldPairsLinked,
    not_same_pairs: labels.notSame?.length ?? null,
    labelled_links: matcher.labelledLinks,
    wrong_links: matcher.wrong.length,
    contracts: figures.withContracts,
    coingecko_listings: figures.listings.coingecko,
    coinpaprika_listings: figures.listings.coinpaprika,
    unread_rows: figures.unreadRows,
    symbol_join: scoreAsJson(symbolJoin),
  });
}

function scoreAsJson({ links, recall, precision, hardNegativesLinked }: Score) {
  return { links, recall, precision, hard_negatives_linked: hardNegativesLinked?.length ?? null };
}

export function figuresAsTable(figures: Figures): string {
  const { matcher, symbolJoin, labels, listings } = figures;
  const hard = ({ hardNegativesLinked }: Score): string =>
    hardNegativesLinked === null ? '–' : `${hardNegativesLinked.length} of ${labels.notSame?.length ?? 0}`;
  const row = (title: string, of: Score, seconds: string, memory: string): string[] => [
    title,
    String(of.links),
    percent(of.recall),
    percent(of.precision),
    hard(of),
    seconds,
    memory,
  ];
  const present = matcher.goldPairs - matcher.goldPairsAbsent;
  return [
    `${listings.coingecko} listings of CoinGecko, ${listings.coinpaprika} of CoinPaprika, ${
      figures.withContracts ? 'with contracts' : 'names only'
    }; the crosswalk is empty`,
    '',
    ...aligned([
      ['', 'links', 'recall', 'precision', 'hard negatives linked', 'seconds', 'peak memory'],
      row('matcher', matcher, figures.seconds.toFixed(2), `${Math.round(figures.peakMegabytes)} MB`),
      row('symbol join', symbolJoin, '', ''),
    ]),
    '',
    `recall     ${matcher.goldPairsLinked} of the ${present} gold pairs that are in both catalogues; ${matcher.goldPairsAbsent} of ${matcher.goldPairs} are not`,
    `           (of all ${matcher.goldPairs}: ${percent(fraction(matcher.goldPairsLinked, matcher.goldPairs))})`,
    `precision  ${matcher.wrong.length} wrong of the ${matcher.labelledLinks} links that a label speaks of`,
    '',
  ].join('\n');
}

function percent(value: number | null): string {
  return value === null ? '–' : `${(100 * value).toFixed(2)} %`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(width(0)) : cell.padStart(width(column) + 2)))
      .join('')
      .trimEnd(),
  );
}
