import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  COINPAPRIKA_PLATFORMS,
  coinGeckoList,
  coinGeckoMarkets,
  coinPaprikaContracts,
  coinPaprikaTickers,
} from './market.js';

export interface StandIns {
  /** With `/api/v3`, as `COINGECKO_BASE_URL` wants it. */
  readonly coinGeckoUrl: string;
  /** With `/v1`, as `COINPAPRIKA_BASE_URL` wants it. */
  readonly coinPaprikaUrl: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Per page, CoinGecko gives so many if not asked, and silently no more than so many. */
const COINGECKO_PER_PAGE = 100;
const COINGECKO_MOST_PER_PAGE = 250;

/**
 * Two local servers that answer like CoinGecko and CoinPaprika, with a small world that is always the same and
 * prices that move a little. They don't keep the process alive.
 */
export async function startStandIns(now: () => Date = () => new Date()): Promise<StandIns> {
  const coinGecko = await listening((url, request) => coinGeckoAnswer(url, request, now()));
  const coinPaprika = await listening((url) => coinPaprikaAnswer(url, now()));
  return {
    coinGeckoUrl: `${addressOf(coinGecko)}/api/v3`,
    coinPaprikaUrl: `${addressOf(coinPaprika)}/v1`,
    close: async () => {
      await Promise.all([closed(coinGecko), closed(coinPaprika)]);
    },
  };
}

function coinGeckoAnswer(url: URL, request: IncomingMessage, now: Date): Answer {
  if (!request.headers['user-agent'])
    return { status: 403, body: coinGeckoError(403, 'A descriptive User-Agent is required.') };
  switch (url.pathname) {
    case '/api/v3/ping':
      return ok({ gecko_says: '(V3) To the Moon!' });
    case '/api/v3/coins/list':
      return ok(coinGeckoList(url.searchParams.get('include_platform') === 'true'));
    case '/api/v3/coins/markets':
      return coinGeckoPage(url.searchParams, now);
    default:
      return { status: 404, body: coinGeckoError(404, 'Incorrect path.') };
  }
}

function coinGeckoPage(query: URLSearchParams, now: Date): Answer {
  const currency = query.get('vs_currency');
  if (currency === null) return { status: 422, body: { error: 'Missing parameter vs_currency' } };
  if (currency !== 'usd') return { status: 400, body: { error: 'invalid vs_currency' } };
  const page = wholeNumber(query.get('page'), 1);
  const perPage = wholeNumber(query.get('per_page'), COINGECKO_PER_PAGE);
  if (page === null || perPage === null) return { status: 422, body: { error: 'Invalid page or per_page' } };
  const size = Math.min(perPage, COINGECKO_MOST_PER_PAGE);
  const rows = coinGeckoMarkets(now, query.get('precision') === 'full');
  return ok(rows.slice((page - 1) * size, page * size));
}

function coinGeckoError(code: number, message: string): unknown {
  return { status: { error_code: code, error_message: message } };
}

function coinPaprikaAnswer(url: URL, now: Date): Answer {
  const [version, what, platform, ...more] = url.pathname.slice(1).split('/');
  if (version !== 'v1' || more.length > 0) return notFound('not found');
  if (what === 'tickers' && platform === undefined) return coinPaprikaPrices(url.searchParams, now);
  if (what !== 'contracts') return notFound('not found');
  if (platform === undefined) return ok(COINPAPRIKA_PLATFORMS);
  const contracts = coinPaprikaContracts(platform);
  return contracts ? ok(contracts) : notFound('id not found');
}

function coinPaprikaPrices(query: URLSearchParams, now: Date): Answer {
  const limit = wholeNumber(query.get('limit'), Number.MAX_SAFE_INTEGER);
  if ((query.get('quotes') ?? 'USD') !== 'USD' || limit === null)
    return { status: 400, body: { error: 'Invalid parameters' } };
  return ok(coinPaprikaTickers(now).slice(0, limit));
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function notFound(error: string): Answer {
  return { status: 404, body: { error } };
}

/** Null for what is no number from 1. */
function wholeNumber(text: string | null, otherwise: number): number | null {
  if (text === null) return otherwise;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

async function listening(answer: (url: URL, request: IncomingMessage) => Answer): Promise<Server> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    if (url.pathname.length > 1 && url.pathname.endsWith('/')) {
      const to = url.pathname.slice(0, -1);
      response.writeHead(301, { Location: to, 'Content-Type': 'text/html; charset=utf-8' });
      response.end(`<a href="${encodeURI(to)}">Moved Permanently</a>.\n`);
      return;
    }
    const { status, body } = request.method === 'GET' ? answer(url, request) : notFound('not found');
    response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server.unref();
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
