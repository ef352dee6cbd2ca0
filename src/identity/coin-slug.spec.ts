import fc from 'fast-check';
import { coinSlug } from './coin-slug.js';
import type { ListingEvidence } from './listing-evidence.js';

type Named = Pick<ListingEvidence, 'source' | 'sourceCoinId' | 'symbol' | 'name'>;

const listing = (name: string, symbol: string, sourceCoinId = 'acme-1', source = 'coingecko'): Named => ({
  source,
  sourceCoinId,
  symbol,
  name,
});

/** What it would be called, one time after the other. */
function firstSlugs(count: number, of: Named): string[] {
  const taken = new Set<string>();
  for (let index = 0; index < count; index += 1) taken.add(coinSlug(of, (slug) => taken.has(slug)));
  return [...taken];
}

const never = (): boolean => false;

it('is the name, then with the symbol, then with the source and its id, then numbered', () => {
  expect(firstSlugs(5, listing('Bitcoin Cash', 'BCH'))).toEqual([
    'bitcoin-cash',
    'bitcoin-cash-bch',
    'bitcoin-cash-bch-coingecko-acme-1',
    'coingecko-acme-1-2',
    'coingecko-acme-1-3',
  ]);
});

it.each([
  ['Açaí Coin', 'ACAI', 'acai-coin'],
  ["Trader Joe's [OLD]", 'JOE', 'trader-joes-old'],
  ['  --Yearn.finance--  ', 'YFI', 'yearn-finance'],
  ['Ｆｕｌｌ', 'F', 'full'],
  ['狗狗币', 'DOGE', 'doge'],
  ['🚀', 'MOON', 'moon'],
  ['柴犬 Inu', 'SHIB', 'inu-shib'],
  ['null', 'NULL', 'null-coingecko-acme-1'],
  ['Constructor', 'CTR', 'constructor-ctr'],
  ['undefined', 'nan', 'undefined-nan'],
])('%p (%s) is %p', (name, symbol, slug) => {
  expect(coinSlug(listing(name, symbol), never)).toBe(slug);
});

it('falls back on source and id where name and symbol have nothing to spell', () => {
  expect(coinSlug(listing('狗狗币', '狗'), never)).toBe('coingecko-acme-1');
  expect(coinSlug(listing('🚀', '🌕', '火箭'), never)).toMatch(/^coingecko-[0-9a-f]{12}$/);
});

it('does not give a name in two scripts the slug of its Latin half', () => {
  expect(coinSlug(listing('柴犬 Inu', '柴'), never)).toBe('inu-coingecko-acme-1');
});

it('tells long and unspellable ids apart where name and symbol do not', () => {
  const ids = ['X'.repeat(256), `${'X'.repeat(255)}Y`, 'a_b', 'a-b', 'A-B', 'a.b'];
  const taken = new Set(['acme', 'acme-acm']);
  for (const id of ids) taken.add(coinSlug(listing('Acme', 'ACM', id), (slug) => taken.has(slug)));
  expect([...taken].filter((slug) => /-\d$/.test(slug))).toEqual([]);
  expect(taken.size).toBe(ids.length + 2);
});

it('is a slug of at most 100 characters, and one that is not taken, for any text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: fc.constantFrom('a', 'B', '9', ' ', '-', 'é', '柴', '🚀'), maxLength: 300 }),
    fc.constantFrom('', 'null', '__proto__', 'constructor', '.', '..'),
  );
  const id = fc.oneof(fc.string({ minLength: 1 }), fc.constant('x'.repeat(256)));
  fc.assert(
    fc.property(text, text, id, fc.integer({ min: 1, max: 6 }), (name, symbol, sourceCoinId, count) => {
      const slugs = firstSlugs(count, listing(name, symbol, sourceCoinId, 'csv'));
      expect(slugs).toHaveLength(count);
      for (const slug of slugs) {
        expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(slug.length).toBeLessThanOrEqual(100);
        expect(Object.prototype).not.toHaveProperty([slug]);
      }
    }),
    { numRuns: 1000 },
  );
});
