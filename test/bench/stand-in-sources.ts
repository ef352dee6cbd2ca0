import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answering, ready } from './answering.js';
import {
  coinGeckoCatalogueRow,
  coinGeckoRow,
  coinPaprikaContract,
  coinPaprikaRow,
} from './invented-market.js';
import type { Moment } from './invented-market.js';

/* CoinGecko and CoinPaprika in a process of their own, with every answer made before it is asked for. */

const PER_PAGE = 250;
/** The first round was so long ago that the last one isn't in the future. */
const AGE_MS = 45 * 60_000;
const begin = new Date(Math.floor(Date.now() / 1000) * 1000 - AGE_MS);

let answers = new Map<string, Buffer>();
/** Which coins the catalogues are of. They are the same in every round. */
let catalogued = '';
let listed = '';
/** CoinPaprika's rows as they were listed last: in a next round many may be as they are. */
const tickers: { readonly round: number; readonly text: string }[] = [];

answering('market', ({ coinGecko, coinPaprika, round, every = 1 }) => {
  if (listed === `${coinGecko} ${coinPaprika} ${round} ${every}`) return true;
  listed = `${coinGecko} ${coinPaprika} ${round} ${every}`;
  const momentOf = (index: number): Moment => ({
    round: Math.max(0, round - ((round + index) % every)),
    begin,
  });
  const rows = (count: number, row: (index: number, moment: Moment) => unknown): unknown[] =>
    Array.from({ length: count }, (_, index) => row(index, momentOf(index))).filter((made) => made !== null);
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  if (catalogued !== `${coinGecko} ${coinPaprika}`) {
    answers = new Map([
      ['/v1/contracts/eth-ethereum', json(rows(coinPaprika, coinPaprikaContract))],
      ['/api/v3/coins/list', json(rows(coinGecko, coinGeckoCatalogueRow))],
    ]);
    catalogued = `${coinGecko} ${coinPaprika}`;
  }
  answers.set('/v1/tickers', Buffer.from(tickersOf(coinPaprika, momentOf)));
  const markets = rows(coinGecko, coinGeckoRow);
  const pages = Math.ceil(coinGecko / PER_PAGE);
  // Two empty pages after the last are how an adapter knows the end.
  for (let page = 1; page <= pages + 2; page++)
    answers.set(`/api/v3/coins/markets ${page}`, json(markets.slice((page - 1) * PER_PAGE, page * PER_PAGE)));
  return true;
});

function tickersOf(count: number, momentOf: (index: number) => Moment): string {
  const texts = Array.from({ length: count }, (_, index) => {
    const moment = momentOf(index);
    const known = tickers[index];
    if (known?.round === moment.round) return known.text;
    const text = JSON.stringify(coinPaprikaRow(index, moment));
    tickers[index] = { round: moment.round, text };
    return text;
  });
  return `[${texts.join(',')}]`;
}

const NOT_FOUND = Buffer.from('{"error":"not found"}');

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stand-in');
  const page = searchParams.get('page');
  const body = answers.get(page === null ? pathname : `${pathname} ${page}`);
  response.writeHead(body ? 200 : 404, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': (body ?? NOT_FOUND).length,
  });
  response.end(body ?? NOT_FOUND);
});
server.listen(0, '127.0.0.1', () => ready(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
