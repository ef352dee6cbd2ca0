import {
  NOON,
  decide,
  listing,
  memberOf,
  minutesLater,
  on,
  outcome,
  quoted,
} from '../../test/support/invented-listings.js';
import type { ListingEvidence } from './listing-evidence.js';
import { match } from './matcher.js';

describe('symbol and name', () => {
  it('link together, never one of them alone', () => {
    expect(decide(listing('a/1 $acm "ACME"'), listing('b/2 ACM "Acme"'))).toEqual(['new: a/1 b/2']);
    expect(decide(listing('a/1 ACM "Acme"'), listing('b/2 ACM "Another"'))).toHaveLength(2);
    expect(decide(listing('a/1 ACM "Acme"'), listing('b/2 ACME "Acme"'))).toHaveLength(2);
  });

  it('of one source are two coins', () => {
    expect(decide(listing('a/1 ACM "Acme"'), listing('a/2 ACM "Acme"'))).toHaveLength(2);
  });

  it('must be once in each source', () => {
    const groups = match(
      [
        listing('a/1 ACM "Acme"'),
        listing('b/2 ACM "Acme"'),
        listing('b/3 $acm "ACME"'),
        listing('b/4 ACM "Acme Token"'),
      ],
      [],
      [],
    );
    expect(groups).toHaveLength(4);
    expect(memberOf(groups, '1')?.candidates.map(({ sourceCoinId }) => sourceCoinId)).toEqual([
      '2',
      '3',
      '4',
    ]);
    expect(memberOf(groups, '3')?.candidates[0]?.why).toContain('more than one listing of b has it');
  });

  it('go by the nearest name where a source lists several', () => {
    const acmes = [listing('b/2 ACM "Acme"'), listing('b/3 ACM "Acme Token"')];
    expect(decide(listing('a/1 ACM "Acme"'), ...acmes)).toEqual(['new: a/1 b/2', 'new: b/3']);
    expect(decide(listing('a/1 ACM "Acme Protocol"'), ...acmes)).toEqual(['new: a/1 b/2', 'new: b/3']);
  });

  it('that two sources have once make them one, however often a third has them', () => {
    expect(
      decide(
        listing('a/1 ACM "Acme"'),
        listing('b/2 ACM "Acme"'),
        listing('c/3 ACM "Acme"'),
        listing('c/4 ACM "Acme"'),
      ),
    ).toEqual(['new: a/1 b/2', 'new: c/3', 'new: c/4']);
  });

  it('of what a source has given up give way to what it follows', () => {
    const givenUp = listing('b/2 ACM "Acme"', { active: false });
    expect(decide(listing('a/1 ACM "Acme"'), givenUp, listing('b/3 ACM "Acme"'))).toEqual([
      'new: a/1 b/3',
      'new: b/2',
    ]);
    expect(decide(listing('a/1 ACM "Acme"'), givenUp)).toEqual(['new: a/1 b/2']);
  });

  it('that only repeat the symbol say no more than the symbol', () => {
    const renamed = listing('a/1 ACM "ACM"', { idName: 'first acme' });
    expect(decide(renamed, listing('b/2 ACM "ACM"'), listing('b/3 ACM "First Acme"'))).toEqual([
      'new: a/1 b/3',
      'new: b/2',
    ]);
    expect(decide(listing('a/1 ACM "ACM"'), listing('b/2 ACM "ACM"'))).toEqual(['new: a/1 b/2']);
    expect(decide(listing('a/1 ACM "ACM"'), listing('b/2 ACM "Other"'))).toHaveLength(2);
  });

  it('may differ in generic words, with less confidence', () => {
    const groups = match([listing('a/1 UNI "Uniswap"'), listing('b/2 UNI "Uniswap Protocol"')], [], []);
    const exact = match([listing('a/1 UNI "Uniswap"'), listing('b/2 UNI "Uniswap"')], [], []);
    expect(outcome(groups)).toEqual(['new: a/1 b/2']);
    expect(memberOf(groups, '1')?.confidence).toBeLessThan(memberOf(exact, '1')?.confidence ?? 0);
  });

  it.each(['Acme [OLD]', 'Acme v2', 'Acme SV', 'Wrapped Acme', 'Acme (Wormhole)'])(
    'keep %p apart from Acme, though its id may say acme',
    (name) => {
      const other = listing(`b/2 ACM "${name}"`);
      const acme = listing('a/1 ACM "Acme"', { idName: 'acme' });
      expect(decide(acme, other)).toHaveLength(2);
      if (/OLD|v2/.test(name)) expect(decide(acme, { ...other, idName: 'acme' })).toHaveLength(2);
    },
  );

  it.each([
    ['Pirate', 'Pirate Chain'],
    ['The Amaze World', 'AMAZE WORLD'],
    ['Graft Blockchain', 'Graft ACM'],
    ['Hashtagger', 'Hashtagger.com'],
  ])('call %p and %p one where nothing else has the symbol', (one, other) => {
    const pair = [listing(`a/1 ACM "${one}"`), listing(`b/2 ACM "${other}"`)];
    expect(decide(...pair)).toEqual(['new: a/1 b/2']);
    expect(decide(...pair, listing('b/3 ACM "Different"'))).toHaveLength(3);
  });
});

describe('names in ids', () => {
  it('find what has changed its name', () => {
    expect(
      decide(
        listing('a/alpha ALP "Alpha Venture"', { idName: 'alpha works' }),
        listing('b/alp-alpha ALP "Alpha Works"', { idSymbol: 'alp', idName: 'alpha works' }),
      ),
    ).toEqual(['new: a/alpha b/alp-alpha']);
  });

  it('find what has changed its symbol', () => {
    const renamed = listing('b/acm-acme NEW "Acme"', { idSymbol: 'acm', idName: 'acme' });
    expect(decide(listing('a/acme ACM "Acme"', { idName: 'acme' }), renamed)).toEqual([
      'new: a/acme b/acm-acme',
    ]);
    expect(decide(listing('a/acme XYZ "Acme"', { idName: 'acme' }), renamed)).toHaveLength(2);
  });

  it('choose between two of one name', () => {
    expect(
      decide(
        listing('a/acme ACM "Acme"', { idName: 'acme' }),
        listing('b/acm-acme ACM "Acme"', { idSymbol: 'acm', idName: 'acme' }),
        listing('b/acm-acme-2 ACM "Acme"', { idSymbol: 'acm', idName: 'acme 2' }),
      ),
    ).toEqual(['new: a/acme b/acm-acme', 'new: b/acm-acme-2']);
  });
});

describe('contracts of different times', () => {
  const old = minutesLater(-90 * 24 * 60);
  const a = listing('a/1 ACM "Acme"', on('ethereum', '1'));
  const b = listing('b/2 ACM "Acme"', { ...on('ethereum', '2'), contractsSeenAt: old });

  it('do not contradict each other, for a token may have moved', () => {
    expect(decide(a, b)).toEqual(['new: a/1 b/2']);
    expect(decide(a, { ...b, contractsSeenAt: null })).toEqual(['new: a/1 b/2']);
    expect(decide(a, { ...b, contractsSeenAt: NOON })).toHaveLength(2);
    expect(memberOf(match([a, b], [], []), '1')?.evidence[0]).toContain('different contracts on ethereum');
  });

  it('do where the other source has that contract for something else', () => {
    const mine = listing('b/3 ZZZ "Zed"', { ...on('ethereum', '1'), contractsSeenAt: old });
    const groups = match([{ ...a, symbol: 'ACM' }, b, { ...mine, name: 'Acme' }], [], []);
    expect(outcome(groups)).not.toContain('new: a/1 b/2');
  });

  it('do where names are only alike', () => {
    expect(decide({ ...a, name: 'Pirate' }, { ...b, name: 'Pirate Chain' })).toHaveLength(2);
  });
});

describe('what looks like one name and is two', () => {
  it('a symbol that one has given up does not beat the one that has it now', () => {
    const groups = match(
      [
        listing('a/terra-luna LUNC "Terra Luna Classic"', { idName: 'terra luna' }),
        listing('a/terra-luna-2 LUNA "Terra"', { idName: 'terra luna' }),
        listing('b/luna-terra LUNC "Terra"', { idSymbol: 'luna', idName: 'terra' }),
      ],
      [],
      [],
    );
    expect(outcome(groups)).toHaveLength(3);
    expect(memberOf(groups, 'luna-terra')?.candidates[0]?.why).toContain(
      'LUNC is LUNC "Terra Luna Classic" for a',
    );
  });

  it.each([
    'Acme 2.0',
    'AcmeV2',
    'Acme II',
    'New Acme',
    'Acme (New)',
    'Acme Classic',
    'Bridged Acme',
    'Acme 3',
  ])('keeps %p apart from Acme, whatever their ids say', (name) => {
    const successor = listing(`a/acme-2 ACM "${name}"`, { idName: 'acme' });
    expect(decide(successor, listing('b/acm-acme ACM "Acme"', { idName: 'acme' }))).toHaveLength(2);
  });

  it('two different generic words are two names', () => {
    expect(decide(listing('a/1 MET "Meta Finance"'), listing('b/2 MET "META Coin"'))).toHaveLength(2);
    expect(decide(listing('a/1 MET "Dapp.com"'), listing('b/2 MET "Dapp Token"'))).toHaveLength(2);
    expect(decide(listing('a/1 MET "Meta"'), listing('b/2 MET "META Coin"'))).toHaveLength(1);
    expect(decide(listing('a/1 MDS "Midas Protocol"'), listing('b/2 MDS "MidasProtocol"'))).toHaveLength(1);
  });

  it('a market without a cap is none: many cost a dollar', () => {
    const dollar = (text: string, marketCap: string | null): ListingEvidence =>
      listing(text, { ...quoted('1'), marketCap });
    const others = [dollar('b/2 USD "Unity Dollars DAO"', '5'), dollar('b/3 USD "Other"', '5')];
    expect(decide(dollar('a/1 USD "Unity Dollar"', null), ...others)).toHaveLength(3);
    expect(decide(dollar('a/1 USD "Unity Dollar"', '6'), ...others)).toHaveLength(2);
  });

  it('of a crowd that is too large to look through, nothing is linked', () => {
    const many = (source: string, count: number, prefix: string): ListingEvidence[] =>
      Array.from({ length: count }, (_, index) =>
        listing(`${source}/${index} ACM "${prefix} ${index}"`, { active: false }),
      );
    expect(decide(...many('a', 101, 'Acme'), ...many('b', 100, 'Acme'))).toHaveLength(201);
  });
});

describe('a market', () => {
  const at = (text: string, price: string, marketCap: string | null, minutes = 0): ListingEvidence =>
    listing(text, { ...quoted(price, minutes), marketCap });
  const rival = at('b/3 ACM "Wholly Different"', '1.01', '1000');

  it('that is the same makes one of similar names', () => {
    const [one, other] = [at('a/1 ACM "Ambire Adex"', '1', '1000'), at('b/2 ACM "Adex"', '1.04', '5000')];
    const groups = match([one, other, rival], [], []);
    expect(outcome(groups)).toEqual(['new: a/1 b/2', 'new: b/3']);
    expect(memberOf(groups, '1')).toMatchObject({ method: 'market' });
  });

  it.each([
    ['of prices too far apart', '1.06', '1000', 0],
    ['of quotes not of one hour', '1', '1000', 61],
    ['of caps of another order', '1', '10001', 0],
  ])('says nothing %s', (_, price, cap, minutes) => {
    const other = at('b/2 ACM "Adex"', price, cap, minutes);
    expect(decide(at('a/1 ACM "Ambire Adex"', '1', '1000'), other, rival)).toHaveLength(3);
  });

  it('says nothing of names that have nothing in common, or another number', () => {
    expect(decide(at('a/1 ACM "Zed"', '1', '1000'), at('b/2 ACM "Adex"', '1', '1000'))).toHaveLength(2);
    expect(decide(at('a/1 ACM "Adex 2"', '1', '1'), at('b/2 ACM "Adex 3"', '1', '1'))).toHaveLength(2);
  });
});

describe('contracts alone', () => {
  it.each([
    ['what wraps a coin', 'b/2 WACM "Wrapped Acme"'],
    ['what a coin was', 'b/2 ACMOLD "Acme (OLD)"'],
    ['the next version', 'b/2 ACM2 "Acme 2"'],
  ])('do not make a coin %s', (_what, other) => {
    expect(
      decide(listing('a/1 ACM "Acme"', on('ethereum', '1')), listing(other, on('ethereum', '1'))),
    ).toEqual(['new: a/1', 'new: b/2']);
  });

  it('make one of what was renamed', () => {
    expect(
      decide(
        listing('a/1 ACM "Acme"', on('ethereum', '1')),
        listing('b/2 ZED "Zed Network"', on('ethereum', '1')),
      ),
    ).toEqual(['new: a/1 b/2']);
  });
});

describe('contracts on several chains', () => {
  const chains = (ethereum: string, polygon: string): Pick<ListingEvidence, 'contracts'> => ({
    contracts: [...on('polygon', polygon).contracts, ...on('ethereum', ethereum).contracts],
  });

  it('are one coin by one of them, though it has moved on another', () => {
    const [one, other] = [
      listing('a/1 ACM "Acme"', chains('1', '2')),
      listing('b/2 ACM "Acme"', chains('1', '3')),
    ];
    expect(decide(one, other)).toEqual(['new: a/1 b/2']);
    expect(memberOf(match([one, other], [], []), '1')?.method).toBe('contract');
  });

  it('keep apart what has none in common', () => {
    expect(
      decide(listing('a/1 ACM "Acme"', chains('1', '2')), listing('b/2 ACM "Acme"', chains('3', '4'))),
    ).toHaveLength(2);
  });
});
