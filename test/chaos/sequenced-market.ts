import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { coinGeckoRow } from '../support/market.js';
import type { Row } from '../support/market.js';
import { json, startServer } from '../support/misbehaving-server.js';
import type { MisbehavingServer } from '../support/misbehaving-server.js';

/** One answer of the market: what the database must hold if, and only if, this page was committed. */
export interface Answered {
  /** Counts the answers of all pages, from 1. */
  readonly sequence: number;
  readonly page: number;
  /** SHA-256 of the body, by which the raw page is known again. */
  readonly hash: string;
  /** What of it is a listing: those of `steady`, and those born with it. */
  readonly ids: readonly string[];
  /** What is in no other answer. */
  readonly born: readonly string[];
  /** Records, with the one that can't be read and the one that another supersedes. */
  readonly records: number;
  readonly price: number;
  readonly at: Date;
}

/** Far below what one sequence number more changes. */
const FIRST_PRICE = 1000;
const DAY_MS = 86_400_000;

/**
 * CoinGecko with pages of a few coins, of which no two answers are alike: the n-th has n in every price and time. So
 * what is in a database tells which answers were loaded, and whether each was once and as a whole.
 */
export class SequencedMarket {
  /** By the hash of its body. */
  readonly answers = new Map<string, Answered>();
  /** Requests for prices or for the catalogue. */
  asked = 0;
  /** Called when an answer is made and not yet sent; it is sent when this is done. */
  beforeSending: (answered: Answered) => void | Promise<void> = () => undefined;
  private readonly start = Date.now() - 6 * DAY_MS;
  private sequence = 0;
  private cut = false;

  private constructor(
    private readonly server: MisbehavingServer,
    readonly pages: number,
    readonly steadyPerPage: number,
    private readonly births: boolean,
  ) {}

  /** Without births there are no more coins after a pass than before it. */
  static async open({ pages = 2, steadyPerPage = 6, births = true } = {}): Promise<SequencedMarket> {
    const server = await startServer((request, response) =>
      market.respond(new URL(request.url ?? '/', server.url), response),
    );
    const market = new SequencedMarket(server, pages, steadyPerPage, births);
    return market;
  }

  /** The settings that make it a service's only source. */
  get environment(): Record<string, string> {
    return {
      SOURCES: 'coingecko',
      COINGECKO_BASE_URL: `${this.server.url}/api/v3`,
      COINGECKO_MAX_COINS: String(this.pages * 250),
      COINGECKO_RATE_LIMIT: '100000',
      COINGECKO_MONTHLY_QUOTA: '1000000000',
      // Its times are days ago: they must be in the past, however many answers come.
      COINGECKO_FRESH_MINUTES: '100000',
      SOURCE_RETRIES: '0',
    };
  }

  /** The ids that every answer of a page has. */
  steady(page: number): string[] {
    return Array.from({ length: this.steadyPerPage }, (_, index) => `steady-${page}-${index}`);
  }

  /** The answer that is being made ends in the middle. */
  cutOff(): void {
    this.cut = true;
  }

  close(): Promise<void> {
    return this.server.close();
  }

  private async respond(url: URL, response: ServerResponse): Promise<void> {
    this.asked += 1;
    if (url.pathname !== '/api/v3/coins/markets') {
      send(response, json([{ id: 'steady-1-0', symbol: 's', name: 'S', platforms: { ethereum: '0xabc' } }]));
      return;
    }
    const page = Number(url.searchParams.get('page'));
    const { answered, body } = this.answer(page);
    this.answers.set(answered.hash, answered);
    await this.beforeSending(answered);
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    });
    if (this.cut) {
      this.cut = false;
      response.write(body.slice(0, body.length / 2), () => response.destroy());
    } else response.end(body);
  }

  private answer(page: number): { answered: Answered; body: string } {
    const sequence = ++this.sequence;
    const at = new Date(this.start + sequence * 1000);
    const price = FIRST_PRICE + sequence;
    const row = (id: string, changed: Row = {}): Row =>
      coinGeckoRow(0, at, {
        id,
        symbol: id.replaceAll('-', ''),
        name: id.replaceAll('-', ' '),
        current_price: price,
        market_cap: null,
        total_volume: null,
        market_cap_rank: null,
        ...changed,
      });
    const born = this.births ? [`born-${sequence}`] : [];
    const ids = [...this.steady(page), ...born];
    const rows = [
      row(`steady-${page}-0`, { current_price: 666 }),
      ...ids.map((id) => row(id)),
      row(`poison-${page}`, { current_price: -1 }),
    ];
    const body = JSON.stringify(rows);
    const hash = createHash('sha256').update(body).digest('hex');
    return { answered: { sequence, page, hash, ids, born, records: rows.length, price, at }, body };
  }
}

function send(response: ServerResponse, behaviour: ReturnType<typeof json>): void {
  void behaviour(response.req, response);
}
