import fc from 'fast-check';
import type { CrosswalkEntry } from './crosswalk.js';
import type { ListingEvidence } from './listing-evidence.js';
import { match } from './matcher.js';
import type { CoinGroup, Member } from './matcher.js';

const NOON = new Date('2025-03-01T12:00:00Z');
const minutesLater = (minutes: number): Date => new Date(NOON.getTime() + minutes * 60_000);
const address = (digit: string): string => `0x${digit.repeat(40)}`;

/** `gecko/acme ACM "Acme Token"` is the listing `acme` of source `gecko`. */
function listing(text: string, more: Partial<ListingEvidence> = {}): ListingEvidence {
  const [, source = '', sourceCoinId = '', symbol = '', name = ''] =
    /^(\w+)\/(\S+) (\S+) "(.*)"$/.exec(text) ?? [];
  return {
    source,
    sourceCoinId,
    symbol,
    name,
    idSymbol: null,
    idName: null,
    contracts: [],
    contractsSeenAt: NOON,
    active: true,
    price: null,
    marketCap: null,
    quotedAt: null,
    coinId: null,
    ...more,
  };
}

const on = (chain: string, digit: string): Pick<ListingEvidence, 'contracts'> => ({
  contracts: [{ chain, address: address(digit) }],
});
const quoted = (price: string, minutes = 0): Pick<ListingEvidence, 'price' | 'quotedAt'> => ({
  price,
  quotedAt: minutesLater(minutes),
});

/** Which listings came out as one coin: `coin: members`. */
const outcome = (groups: readonly CoinGroup[]): string[] =>
  groups.map(
    ({ coinId, members }) =>
      `${coinId ?? 'new'}: ${members.map((member) => `${member.source}/${member.sourceCoinId}`).join(' ')}`,
  );

const decide = (...fresh: ListingEvidence[]): string[] => outcome(match(fresh, [], []));
const memberOf = (groups: readonly CoinGroup[], id: string): Member | undefined =>
  groups.flatMap(({ members }) => members).find(({ sourceCoinId }) => sourceCoinId === id);

describe('the crosswalk', () => {
  const crosswalk: CrosswalkEntry[] = [
    { coinId: 'acme', source: 'gecko', sourceCoinId: 'acme-2' },
    { coinId: 'acme', source: 'paprika', sourceCoinId: 'acm-acme' },
  ];

  it('says what a listing is, against names, contracts and prices', () => {
    const groups = match(
      [
        listing('gecko/acme-2 ACM "Acme"', { ...on('ethereum', '1'), ...quoted('1') }),
        listing('paprika/acm-acme XYZ "Other"', { ...on('eth-ethereum', '2'), ...quoted('900') }),
      ],
      [],
      crosswalk,
    );
    expect(outcome(groups)).toEqual(['acme: gecko/acme-2 paprika/acm-acme']);
    expect(memberOf(groups, 'acm-acme')).toEqual({
      source: 'paprika',
      sourceCoinId: 'acm-acme',
      method: 'crosswalk',
      confidence: 1,
      evidence: ['the crosswalk says it is acme'],
      candidates: [],
    });
  });

  it('does not move what is linked already', () => {
    const known = listing('paprika/acm-acme ACM "Acme"', { coinId: 'acme-old' });
    expect(outcome(match([listing('gecko/acme-2 ACM "Acme"')], [known], crosswalk))).toEqual([
      'acme: gecko/acme-2',
    ]);
  });

  it('keeps the place of its listing free, though that has not come yet', () => {
    const groups = match(
      [listing('gecko/acme-2 ACM "Acme"'), listing('paprika/acm-impostor ACM "Acme"')],
      [],
      crosswalk,
    );
    expect(outcome(groups)).toEqual(['acme: gecko/acme-2', 'new: paprika/acm-impostor']);
    expect(memberOf(groups, 'acm-impostor')?.candidates).toMatchObject([
      { sourceCoinId: 'acme-2', coinId: 'acme' },
    ]);
  });

  it('lets further sources join the coin', () => {
    const groups = match([listing('gecko/acme-2 ACM "Acme"'), listing('csv/x ACM "Acme"')], [], crosswalk);
    expect(outcome(groups)).toEqual(['acme: csv/x gecko/acme-2']);
  });
});

describe('contracts', () => {
  it('link what goes by another name, in whatever spelling of chain and address', () => {
    const gecko = listing('gecko/archethic UCO "Archethic"', {
      contracts: [{ chain: 'polygon-pos', address: ` ${address('A')}` }],
    });
    const paprika = listing('coinpaprika/uco-uniris UNI "Uniris"', on('polygon', 'a'));
    const groups = match([gecko, paprika], [], []);
    expect(outcome(groups)).toEqual(['new: coinpaprika/uco-uniris gecko/archethic']);
    expect(memberOf(groups, 'archethic')).toMatchObject({
      method: 'contract',
      evidence: [
        `with coinpaprika uco-uniris: same contract ${address('a')} on polygon-pos, of UNI "Uniris" and UCO "Archethic"`,
      ],
    });
  });

  it('are nothing without their chain, and a chain is nothing without a contract', () => {
    expect(
      decide(listing('a/1 A "One"', on('ethereum', '1')), listing('b/2 B "Two"', on('base', '1'))),
    ).toHaveLength(2);
    expect(decide(listing('a/1 A "One"', on('', '1')), listing('b/2 B "Two"', on('', '1')))).toHaveLength(2);
    const empty = { contracts: [{ chain: 'ethereum', address: ' ' }] };
    expect(decide(listing('a/1 A "One"', empty), listing('b/2 B "Two"', empty))).toHaveLength(2);
  });

  it('decide nothing when one source has them twice', () => {
    const groups = match(
      [
        listing('a/usd USD "Dollar"', on('ethereum', '1')),
        listing('a/usd-2 USD2 "Dollar Two"', on('ethereum', '1')),
        listing('b/usd XUSD "Some Dollar"', on('ethereum', '1')),
      ],
      [],
      [],
    );
    expect(groups).toHaveLength(3);
    expect(memberOf(groups, 'usd-2')?.candidates).toEqual([
      {
        source: 'b',
        sourceCoinId: 'usd',
        coinId: null,
        why: `same contract ${address('1')} on ethereum, of USD2 "Dollar Two" and XUSD "Some Dollar"; but more than one listing of a has it`,
      },
    ]);
  });

  it('that only one of two names goes with link the one', () => {
    const both = { contracts: [...on('ethereum', '1').contracts, ...on('base', '2').contracts] };
    expect(
      decide(
        listing('a/acme ACM "Acme"', both),
        listing('b/acme ACM "Acme Corp"', on('ethereum', '1')),
        listing('b/wrapped WACM "Wrapped Acme"', on('base', '2')),
      ),
    ).toEqual(['new: a/acme b/acme', 'new: b/wrapped']);
  });

  it('of what a wrapped coin wraps do not make the two one', () => {
    expect(
      decide(
        listing('a/ether ETH "Ether"'),
        listing('a/weth WETH "Wrapped Ether"', on('ethereum', '1')),
        listing('b/ether ETH "Ether"', on('ethereum', '1')),
      ),
    ).toEqual(['new: a/ether b/ether', 'new: a/weth']);
  });

  it('that differ on a chain beat every name', () => {
    const groups = match(
      [listing('a/1 ACM "Acme"', on('ethereum', '1')), listing('b/2 ACM "Acme"', on('ethereum', '2'))],
      [],
      [],
    );
    expect(groups).toHaveLength(2);
    expect(memberOf(groups, '1')).toMatchObject({
      method: 'own',
      confidence: 0.5,
      candidates: [{ why: 'same symbol ACM and same name "Acme"; but different contracts on ethereum' }],
    });
    expect(
      decide(listing('a/1 ACM "Acme"', on('ethereum', '1')), listing('b/2 ACM "Acme"', on('base', '2'))),
    ).toEqual(['new: a/1 b/2']);
  });
});

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

describe('what a review of the rules found', () => {
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

describe('prices', () => {
  const acme = (source: string, price: string, minutes = 0): ListingEvidence =>
    listing(`${source}/1 ACM "Acme"`, quoted(price, minutes));

  it('more than a factor two apart within an hour keep listings apart', () => {
    expect(decide(acme('a', '1'), acme('b', '2'))).toHaveLength(1);
    expect(decide(acme('a', '1'), acme('b', '2.01', 60))).toHaveLength(2);
    expect(decide(acme('a', '2.01', 60), acme('b', '1'))).toHaveLength(2);
    expect(decide(acme('a', '1'), acme('b', '2.01', 61))).toHaveLength(1);
  });

  it('say nothing where one is missing, zero or of no known time', () => {
    expect(decide(acme('a', '1'), acme('b', '0'))).toHaveLength(1);
    expect(decide(acme('a', '1'), { ...acme('b', '9'), quotedAt: null })).toHaveLength(1);
    expect(decide(acme('a', '1'), { ...acme('b', '9'), price: null })).toHaveLength(1);
  });

  it('speak against a contract too', () => {
    const shared = on('ethereum', '1');
    expect(decide({ ...acme('a', '1'), ...shared }, { ...acme('b', '5'), ...shared })).toHaveLength(2);
  });

  it('that keep one listing out let the others be one', () => {
    const both = { contracts: [...on('ethereum', '1').contracts, ...on('base', '2').contracts] };
    expect(
      decide(
        listing('a/1 AAA "One"', { ...on('ethereum', '1'), ...quoted('9') }),
        listing('b/2 BBB "Two"', { ...both, ...quoted('1') }),
        listing('c/3 CCC "Three"', { ...on('base', '2'), ...quoted('1') }),
      ),
    ).toEqual(['new: a/1', 'new: b/2 c/3']);
  });

  it('of one member keep a listing out of the whole coin', () => {
    const groups = match(
      [acme('c', '5')],
      [listing('a/1 ACM "Acme"', { coinId: 'acme' }), { ...acme('b', '1'), coinId: 'acme' }],
      [],
    );
    expect(outcome(groups)).toEqual(['new: c/1']);
    expect(memberOf(groups, '1')?.candidates.map(({ source, coinId }) => `${source} ${coinId}`)).toEqual([
      'a acme',
      'b acme',
    ]);
  });
});

describe('coins there are already', () => {
  const known = (text: string, coinId: string, more: Partial<ListingEvidence> = {}): ListingEvidence =>
    listing(text, { coinId, ...more });

  it('are joined', () => {
    const groups = match(
      [listing('b/2 ACM "Acme"'), listing('c/3 ACM "Acme"')],
      [known('a/1 ACM "Acme"', 'acme')],
      [],
    );
    expect(outcome(groups)).toEqual(['acme: b/2 c/3']);
  });

  it('are joined by one listing of a source at most', () => {
    const coin = [known('a/1 ACM "Acme"', 'acme'), known('b/1 AC "Old Name"', 'acme')];
    const groups = match([listing('b/2 ACM "Acme"')], coin, []);
    expect(outcome(groups)).toEqual(['new: b/2']);
  });

  it('are never joined to each other by a listing that is like both', () => {
    const coins = [known('a/1 ACM "Acme"', 'acme'), known('b/2 XYZ "Other"', 'other', on('ethereum', '1'))];
    const groups = match([listing('c/3 ACM "Acme"', on('ethereum', '1'))], coins, []);
    expect(groups).toHaveLength(1);
    expect(groups[0]?.coinId).toBe('other');
    const alike = [known('a/1 ACM "Acme"', 'acme'), known('b/2 ACM "Acme"', 'other')];
    expect(match([listing('c/3 ACM "Acme"')], alike, [])[0]).toMatchObject({
      coinId: null,
      members: [{ candidates: [{ coinId: 'acme' }, { coinId: 'other' }] }],
    });
  });

  it('tell by what a group is linked to them: its weakest step', () => {
    const groups = match(
      [listing('b/2 ACM "Acme"', on('ethereum', '1')), listing('c/3 ACM "Acme"', on('ethereum', '1'))],
      [known('a/1 ACM "Acme"', 'acme')],
      [],
    );
    expect(outcome(groups)).toEqual(['acme: b/2 c/3']);
    expect(memberOf(groups, '2')).toMatchObject({ method: 'symbol_name', confidence: 0.95 });
    expect(memberOf(groups, '2')?.evidence).toEqual([
      `with c 3: same contract ${address('1')} on ethereum and same symbol ACM`,
      'with a 1: same symbol ACM and same name "Acme"',
    ]);
  });

  it('keep a listing that is given again as fresh', () => {
    const linked = known('a/1 ACM "Acme"', 'acme');
    expect(match([listing('a/1 ACM "Acme"'), linked], [linked], [])).toEqual([]);
  });
});

describe('what a person keeps apart', () => {
  const acme = listing('gecko/acme ACM "Acme"', on('ethereum', 'a'));
  const apart = listing('paprika/acm-acme ACM "Acme"', {
    ...on('ethereum', 'a'),
    coinId: 'acme-of-its-own',
    apartFrom: [{ source: 'gecko', sourceCoinId: 'acme' }],
  });

  it('is never one coin, and no doubt to either', () => {
    const groups = match([acme], [apart], []);
    expect(outcome(groups)).toEqual(['new: gecko/acme']);
    expect(memberOf(groups, 'acme')).toMatchObject({ method: 'own', candidates: [] });
    expect(outcome(match([{ ...apart, coinId: null }], [{ ...acme, coinId: 'acme' }], []))).toEqual([
      'new: paprika/acm-acme',
    ]);
  });

  it('is not joined by a third that could be both: that one is in doubt', () => {
    const third = listing('csv/third ACM "Acme"');
    const groups = match([acme, third], [apart], []);
    expect(outcome(groups)).toEqual(['new: csv/third', 'new: gecko/acme']);
    expect(memberOf(groups, 'third')).toMatchObject({
      candidates: [{ source: 'gecko' }, { source: 'paprika' }],
    });
  });

  it('may be one with others', () => {
    const other = listing('csv/acme ACM "Acme"', on('ethereum', 'a'));
    expect(outcome(match([other], [apart], []))).toEqual(['acme-of-its-own: csv/acme']);
  });
});

it('of many namesakes some are named', () => {
  const crowd = Array.from({ length: 3000 }, (_, index) => listing(`a/${index} ACM "Acme"`));
  const others = Array.from({ length: 3000 }, (_, index) => listing(`b/${index} ACM "Acme"`));
  const groups = match([...crowd, ...others], [], []);
  expect(groups).toHaveLength(6000);
  expect(groups[0]?.members[0]?.candidates).toHaveLength(10);
});

describe('properties', () => {
  const digit = fc.constantFrom('1', '2', '3', '4');
  const evidence = fc.record({
    source: fc.constantFrom('coingecko', 'coinpaprika', 'csv'),
    symbol: fc.constantFrom('ACM', '$acm', 'XYZ'),
    name: fc.constantFrom('Acme', 'ACME Token', 'Acme [OLD]', 'Other', 'Zed', 'Yak'),
    contracts: fc.array(
      fc.record({
        chain: fc.constantFrom('ethereum', 'eth-ethereum', 'base', ''),
        address: digit.map(address),
      }),
      { maxLength: 3 },
    ),
    contractsSeenAt: fc.constantFrom(null, NOON, minutesLater(60 * 24 * 60)),
    idSymbol: fc.constantFrom(null, 'acm', 'old'),
    idName: fc.constantFrom(null, 'acme', 'other', 'zed 2'),
    active: fc.boolean(),
    price: fc.constantFrom(null, '1', '1.04', '1.5', '4'),
    marketCap: fc.constantFrom(null, '1000', '5000', '90000'),
    quotedAt: fc.constantFrom(null, NOON, minutesLater(50), minutesLater(100)),
    coinId: fc.constantFrom(null, null, null, 'acme', 'other', 'third'),
  });
  const listings = fc
    .array(evidence, { maxLength: 14 })
    .map((all) => all.map((each, index): ListingEvidence => ({ ...each, sourceCoinId: `id-${index}` })));
  const crosswalk = fc.uniqueArray(
    fc.record({
      coinId: fc.constantFrom('acme', 'curated'),
      source: fc.constantFrom('coingecko', 'csv'),
      sourceCoinId: fc.nat(14).map((index) => `id-${index}`),
    }),
    { selector: ({ source, sourceCoinId }) => `${source} ${sourceCoinId}`, maxLength: 3 },
  );
  const split = (all: readonly ListingEvidence[]): [ListingEvidence[], ListingEvidence[]] => [
    all.filter(({ coinId }) => coinId === null),
    all.filter(({ coinId }) => coinId !== null),
  ];

  it('the order of listings, contracts, keys and crosswalk does not matter', () => {
    const shuffled = <T>(items: readonly T[]): fc.Arbitrary<T[]> =>
      fc.shuffledSubarray([...items], { minLength: items.length });
    const reversedKeys = (each: ListingEvidence): ListingEvidence =>
      Object.fromEntries(Object.entries(each).reverse()) as unknown as ListingEvidence;
    fc.assert(
      fc.property(
        fc
          .tuple(listings, crosswalk)
          .chain(([all, book]) => fc.tuple(fc.constant([all, book] as const), shuffled(all), shuffled(book))),
        ([[all, book], otherAll, otherBook]) => {
          const other = otherAll.map((each) =>
            reversedKeys({ ...each, contracts: [...each.contracts].reverse() }),
          );
          expect(match(...split(other), otherBook)).toEqual(match(...split(all), book));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('each fresh listing is in one group, and automatic steps put one listing of a source into a coin', () => {
    fc.assert(
      fc.property(listings, crosswalk, (all, book) => {
        const [fresh, known] = split(all);
        const groups = match(fresh, known, book);
        const placed = groups.flatMap(({ members }) =>
          members.map((member) => `${member.source} ${member.sourceCoinId}`),
        );
        expect([...placed].sort()).toEqual(fresh.map((each) => `${each.source} ${each.sourceCoinId}`).sort());
        for (const { coinId, members } of groups) {
          const automatic = members.filter(({ method }) => method !== 'crosswalk' && method !== 'own');
          const others = [...members, ...known.filter((each) => coinId !== null && each.coinId === coinId)];
          for (const { source } of automatic)
            expect(others.filter((each) => each.source === source)).toHaveLength(1);
          if (members.some(({ method }) => method === 'own')) {
            expect(members).toHaveLength(1);
            expect(coinId).toBeNull();
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
