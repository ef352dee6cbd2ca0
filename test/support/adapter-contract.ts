import { HttpService } from '@nestjs/axios';
import fc from 'fast-check';
import { LosslessNumber } from 'lossless-json';
import { Settings } from '../../src/config/settings.js';
import { shapeOf } from '../../src/ingestion/record-shape.js';
import { RunAborted } from '../../src/ingestion/run-aborted.js';
import type { Checkpoint, Cursor, FetchedPage, SourceAdapter } from '../../src/ingestion/source-adapter.js';
import { SourceClient } from '../../src/ingestion/source-client.js';
import {
  RecordRefused,
  SourceAuthFailed,
  SourcePayloadInvalid,
  SourceQuotaSpent,
  SourceRateLimited,
  SourceUnavailable,
} from '../../src/ingestion/source-errors.js';
import type { RefusalReason, SourceError } from '../../src/ingestion/source-errors.js';
import {
  answer,
  bomb,
  coinGeckoErrors,
  cutOff,
  hang,
  html,
  json,
  reset,
  startServer,
  tooManyRequests,
  truncated,
} from './misbehaving-server.js';
import { HeardRunEvents } from './heard-run-events.js';
import type { Behaviour, MisbehavingServer } from './misbehaving-server.js';

/** Where a good record has its fields, as paths such as `quotes.USD.price`; absent where it has none. */
export interface RecordFields {
  readonly id: string;
  readonly symbol?: string;
  readonly name?: string;
  /** Any of these may be null, and none of them negative. */
  readonly amounts?: readonly string[];
  readonly change?: string;
  readonly time?: string;
}

export interface AdapterCase {
  readonly name: string;
  /** The adapter with `secret` as its key, allowed to ask `baseUrl` as often as it likes. */
  adapter(baseUrl: string, secret: string): SourceAdapter;
  /** The JSON that the real source would answer; undefined is a 404. Absent where there is no HTTP. */
  serve?(url: URL): string | undefined;
  /** The feeds of one good pass from the very beginning, in order. */
  readonly feeds: readonly string[];
  /** For each feed whose records are to be poisoned: where a record has what. */
  readonly fields: Readonly<Record<string, RecordFields>>;
}

const NOW = new Date('2026-11-20T12:00:00Z');
const SECRET = 'canary-7f3a91-not-to-be-seen';
const START: Checkpoint = { cursor: null, memory: {} };

/**
 * What every adapter must do, against a real server and through the real client. One call in a source's spec;
 * a source without HTTP (`serve` absent) runs all but what HTTP can do to it.
 */
export function describeAdapter(given: AdapterCase): void {
  describe(`${given.name} keeps the adapter contract`, () => {
    let server: MisbehavingServer;
    let adapter: SourceAdapter;
    const good: Behaviour = (request, response) => {
      const body = given.serve?.(new URL(request.url ?? '/', 'http://source'));
      return (body === undefined ? json({ error: 'not found' }, 404) : answer(200, body))(request, response);
    };

    beforeEach(async () => {
      server = await startServer(good);
      adapter = given.adapter(server.url, SECRET);
    });
    afterEach(() => server.close());

    const pass = (checkpoint: Checkpoint = START): Promise<Pass> => runPass(adapter, checkpoint);

    it('has a name that can stand in every source column', () => {
      expect(adapter.source).toMatch(/^[a-z][a-z0-9_]*$/);
    });

    it('gives its pages in order and reads every record', async () => {
      const { pages, error } = await pass();
      expect(error).toBeNull();
      expect(pages.map((page) => page.feed)).toEqual(given.feeds);
      for (const page of pages) {
        const reader = adapter.open(page);
        expect(reader.records.length).toBeGreaterThan(0);
        for (const record of reader.records) {
          expect(reader.read(record).sourceCoinId).not.toBe('');
          expect([...shapeOf([record], reader.required).fields.keys()]).toEqual(
            expect.arrayContaining([...reader.required]),
          );
        }
      }
    });

    it('names the required field that it refuses a record for', async () => {
      const { pages } = await pass();
      for (const page of pages) {
        const reader = adapter.open(page);
        for (const path of reader.required)
          for (const value of [undefined, ['list']]) {
            const spoilt = withField(reader.records[0], path, value);
            const { feed } = page;
            const blamed = refusedFor(() => reader.read(spoilt));
            if (blamed !== undefined) expect({ feed, value, blamed }).toEqual({ feed, value, blamed: path });
          }
      }
    });

    it('goes on after any page with exactly the rest, from a checkpoint that was JSON', async () => {
      const { pages } = await pass();
      let { memory } = START;
      for (const [index, page] of pages.entries()) {
        memory = page.memory ?? memory;
        const stored = JSON.parse(JSON.stringify({ cursor: page.cursor, memory })) as Checkpoint;
        expect(stored).toEqual({ cursor: page.cursor, memory });
        const rest = await pass(stored);
        expect(rest.error).toBeNull();
        expect(rest.pages.map(identity)).toEqual(pages.slice(index + 1).map(identity));
      }
    });

    it.each<[Cursor]>([[{}], [{ page: 'two', after: 7, offset: -1 }], [{ page: -1, after: null, file: 0 }]])(
      'starts again with a cursor it cannot read: %j',
      async (cursor) => {
        const { pages } = await pass({ cursor, memory: {} });
        expect(pages.map((page) => page.feed)).toEqual(given.feeds);
      },
    );

    it('starts with a memory it cannot read', async () => {
      const { pages } = await pass({ cursor: null, memory: { catalogueAt: 5, asked: ['?'], files: null } });
      expect(pages.map((page) => page.feed)).toEqual(given.feeds);
    });

    it('opens the same bytes the same way', async () => {
      const { pages } = await pass();
      for (const page of pages) {
        const copy = Buffer.from(page.body);
        const [first, second] = [adapter.open(page), adapter.open({ feed: page.feed, body: copy })];
        expect(page.body.equals(copy)).toBe(true);
        expect(second.records).toEqual(first.records);
        expect(second.records.map((record) => second.read(record))).toEqual(
          first.records.map((record) => first.read(record)),
        );
      }
    });

    it('tells its secret to the source alone', async () => {
      const { pages, warnings } = await pass();
      expect(JSON.stringify(pages.map((page) => ({ ...page, body: null })))).not.toContain(SECRET);
      expect(warnings.join()).not.toContain(SECRET);
      server.behave(coinGeckoErrors.statusObject(401));
      const { error } = await pass();
      expect(`${String(error)} ${error instanceof Error ? String(error.stack) : ''}`).not.toContain(SECRET);
      if (given.serve) expect(JSON.stringify(server.requests)).toContain(SECRET);
    });

    it('refuses bytes that are not its source’s', async () => {
      const { pages } = await pass();
      for (const { feed } of pages) {
        for (const bytes of ['', '\0\0\0', '<!DOCTYPE html><html></html>'])
          expect(() => adapter.open({ feed, body: Buffer.from(bytes) })).toThrow(SourcePayloadInvalid);
      }
    });

    for (const [feed, fields] of Object.entries(given.fields)) describeRecords(feed, fields);
    if (given.serve) describeOverHttp();

    function describeRecords(feed: string, fields: RecordFields): void {
      let goodPage: Promise<FetchedPage> | undefined;
      const opened = async (): Promise<ReturnType<SourceAdapter['open']>> => {
        // One pass for all of these: a page can be opened without any other, at any time.
        goodPage ??= pass().then(({ pages }) => {
          const page = pages.find((one) => one.feed === feed);
          if (!page) throw new Error(`no page of ${feed} in a good pass`);
          return page;
        });
        return adapter.open(await goodPage);
      };

      it.each(poisons(fields))('refuses %s as %s', async (_what, reason, spoil) => {
        const reader = await opened();
        const record = spoil(reader.records[0]);
        expect(refusal(() => reader.read(record))).toBe(reason);
      });

      it('takes what is unknown for null', async () => {
        const reader = await opened();
        const unknown = [...(fields.amounts ?? []), fields.change, fields.time].filter(
          (path) => path !== undefined,
        );
        const record = unknown.reduce<unknown>(
          (spoilt, path) => withField(spoilt, path, null),
          reader.records[0],
        );
        const { sourceCoinId, ...read } = reader.read(record) as object & { sourceCoinId: string };
        expect(sourceCoinId).not.toBe('');
        if (unknown.length > 0) expect(Object.values(read)).toContain(null);
        expect(Object.values(read)).not.toContain('0');
      });

      it('keeps a loss a loss', async () => {
        if (fields.change === undefined) return;
        const reader = await opened();
        const record = withField(reader.records[0], fields.change, -62.5);
        expect(reader.read(record)).toMatchObject({ priceChange24h: '-62.5' });
      });

      it('never fails otherwise, whatever a record is', async () => {
        const reader = await opened();
        const paths = (Object.values(fields) as (string | readonly string[])[]).flat();
        const anything = fc.oneof(
          fc.jsonValue(),
          fc.anything(),
          fc
            .tuple(fc.constantFrom(...paths), fc.anything())
            .map(([path, value]) => withField(reader.records[0], path, value)),
        );
        fc.assert(
          fc.property(anything, (record) => {
            refusal(() => reader.read(record));
          }),
        );
      });
    }

    function describeOverHttp(): void {
      it.each<[string, abstract new (...args: never[]) => SourceError, Behaviour]>([
        ['an error in JSON', SourcePayloadInvalid, coinGeckoErrors.plainError(404)],
        ['422', SourcePayloadInvalid, coinGeckoErrors.plainError(422)],
        ['401', SourceAuthFailed, coinGeckoErrors.nestedStatus(401)],
        ['402', SourceQuotaSpent, json({ error: 'the quota is spent' }, 402)],
        ['403 in JSON', SourceAuthFailed, json({ error: 'forbidden' }, 403)],
        ['403 in HTML', SourceRateLimited, coinGeckoErrors.htmlPage(403)],
        ['429 in JSON', SourceRateLimited, coinGeckoErrors.statusObject(429)],
        ['429 in plain text', SourceRateLimited, coinGeckoErrors.plainText(429)],
        ['500', SourceUnavailable, json({ error: 'internal' }, 500)],
        ['HTML with status 200', SourcePayloadInvalid, html(200)],
        ['an error object with status 200', SourcePayloadInvalid, json({ error: 'oops' })],
        ['an empty list', SourcePayloadInvalid, json([])],
        ['nothing at all', SourcePayloadInvalid, answer(200, '')],
        ['JSON without its end', SourcePayloadInvalid, answer(200, '[{"id":"bitcoin","symb')],
        ['a body shorter than promised', SourceUnavailable, truncated('[{"id":"bitcoin"}]')],
        ['a connection cut in the middle', SourceUnavailable, cutOff('[{"id":"bitcoin"')],
        ['a connection reset', SourceUnavailable, reset],
        ['silence', SourceUnavailable, hang],
      ])('ends with the right error on %s', async (_what, type, behaviour) => {
        server.behave(behaviour);
        const { pages, error } = await pass();
        expect(error).toBeInstanceOf(type);
        expect(pages).toEqual([]);
        expect((error as Error).message).toContain(adapter.source);
      });

      it('ends at once on an answer that unpacks to more than it may have', async () => {
        server.behave(await bomb(8));
        expect((await pass()).error).toBeInstanceOf(SourcePayloadInvalid);
      });

      it('passes on how long to wait', async () => {
        server.behave(tooManyRequests('120'));
        expect((await pass()).error).toMatchObject({ retryAfterSeconds: 120 });
        expect(server.requests).toHaveLength(1);
      });

      it('keeps its place when a later request fails, and goes on there', async () => {
        const { pages } = await pass();
        const perPass = server.requests.length;
        let request = 0;
        server.behave((incoming, response) =>
          (++request === perPass ? coinGeckoErrors.htmlPage(200) : good)(incoming, response),
        );
        const broken = await pass();
        expect(broken.error).toBeInstanceOf(SourcePayloadInvalid);
        expect(broken.pages.map(identity)).toEqual(pages.slice(0, broken.pages.length).map(identity));
        server.behave(good);
        const rest = await pass(after(broken.pages));
        expect([...broken.pages, ...rest.pages].map(identity)).toEqual(pages.map(identity));
      });

      it('stops when it is told to', async () => {
        server.behave(hang);
        const stop = new AbortController();
        const stopped = runPass(adapter, START, stop.signal);
        await server.received(1);
        stop.abort(new Error('shutdown'));
        expect((await stopped).error).toBeInstanceOf(RunAborted);
        expect(server.requests).toHaveLength(1);
      });
    }
  });
}

interface Pass {
  /** The pages that came and could be opened. */
  readonly pages: readonly FetchedPage[];
  readonly warnings: readonly string[];
  readonly error: unknown;
}

async function runPass(
  adapter: SourceAdapter,
  checkpoint: Checkpoint,
  signal = new AbortController().signal,
): Promise<Pass> {
  const settings = Object.assign(new Settings(), {
    SOURCE_RETRIES: 0,
    SOURCE_TIMEOUT_SECONDS: 0.5,
    SOURCE_MAX_MEGABYTES: 4,
  });
  const client = new SourceClient(new HttpService(), settings, new HeardRunEvents());
  const warnings: string[] = [];
  const get = adapter.http
    ? client.open(adapter.source, adapter.http, { beforeRequest: () => Promise.resolve(), signal }).get
    : () => Promise.reject(new Error(`${adapter.source} has no HTTP and asked for some`));
  const pages: FetchedPage[] = [];
  try {
    const io = { get, warn: (text: string) => void warnings.push(text), now: () => NOW, signal };
    for await (const page of adapter.pages(checkpoint, io)) {
      adapter.open(page);
      pages.push(page);
    }
    return { pages, warnings, error: null };
  } catch (error) {
    return { pages, warnings, error };
  } finally {
    client.onApplicationShutdown();
  }
}

/** Where a pass stands once these pages are committed. */
function after(pages: readonly FetchedPage[]): Checkpoint {
  return {
    cursor: pages.at(-1)?.cursor ?? null,
    memory: pages.reduce((memory, page) => page.memory ?? memory, START.memory),
  };
}

/** What must be the same of a page whenever it is fetched. */
function identity({ feed, url, body, cursor, memory }: FetchedPage): unknown {
  return { feed, path: new URL(url, 'http://source').search, body: body.toString('latin1'), cursor, memory };
}

type Poison = readonly [what: string, reason: RefusalReason, spoil: (record: unknown) => unknown];

/** Every way a record goes bad, each applied to a good one. */
function poisons(fields: RecordFields): Poison[] {
  const at = (path: string, what: string, reason: RefusalReason, value: unknown): Poison => [
    `${path} ${what}`,
    reason,
    (record) => withField(record, path, value),
  ];
  const texts = [fields.id, fields.symbol, fields.name].filter((path) => path !== undefined);
  const times = fields.time === undefined ? [] : [fields.time];
  const changes = fields.change === undefined ? [] : [fields.change];
  return [
    ...[null, 'text', 7, ['list']].map((value): Poison => [
      `${JSON.stringify(value)} for a record`,
      'not_an_object',
      () => value,
    ]),
    ...texts.flatMap((path) => [
      at(path, 'missing', 'missing_field', undefined),
      at(path, 'that is a number', 'wrong_type', 5),
      at(path, 'that is an object', 'wrong_type', { a: 1 }),
      at(path, 'of nothing', 'empty_text', ''),
      at(path, 'of spaces', 'empty_text', ' \t'),
      at(path, 'of 300 characters', 'text_too_long', 'x'.repeat(300)),
      at(path, 'with NUL', 'control_character', 'bit\0coin'),
      at(path, 'with half a surrogate', 'lone_surrogate', 'bit\ud800coin'),
    ]),
    at(fields.id, '__proto__', 'reserved_id', '__proto__'),
    ...(fields.amounts ?? []).flatMap((path) => [
      at(path, 'that is text', 'wrong_type', '12.5'),
      at(path, 'that is true', 'wrong_type', true),
      at(path, 'below zero', 'negative', -1),
      at(path, 'beyond reason', 'out_of_range', 1e30),
      at(path, 'of four hundred decimals', 'out_of_range', new LosslessNumber('1e-400')),
      at(path, 'not a number', 'not_finite', NaN),
      at(path, 'without end', 'not_finite', Infinity),
    ]),
    ...changes.flatMap((path) => [
      at(path, 'of more than everything', 'out_of_range', -100.5),
      at(path, 'that is text', 'wrong_type', '-1'),
    ]),
    ...times.flatMap((path) => [
      at(path, 'on no day', 'bad_timestamp', '2026-02-30T00:00:00Z'),
      at(path, 'in words', 'bad_timestamp', 'yesterday'),
    ]),
  ];
}

function refusal(read: () => unknown): string {
  try {
    return `read as ${JSON.stringify(read())}`;
  } catch (error) {
    if (error instanceof RecordRefused) return error.reason;
    throw error;
  }
}

/** The field named by a refusal; undefined where there is none. */
function refusedFor(read: () => unknown): string | null | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof RecordRefused) return error.field;
    throw error;
  }
}

/** A copy of a record with one field changed; undefined takes it away. */
function withField(record: unknown, path: string, value: unknown): unknown {
  const [field = '', ...rest] = path.split('.');
  const copy: Record<string, unknown> = { ...(record as Record<string, unknown>) };
  if (rest.length > 0) copy[field] = withField(copy[field], rest.join('.'), value);
  else if (value === undefined) Reflect.deleteProperty(copy, field);
  else copy[field] = value;
  return copy;
}
