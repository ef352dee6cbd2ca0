import {
  address,
  decide,
  listing,
  memberOf,
  on,
  outcome,
  quoted,
} from '../../test/support/invented-listings.js';
import type { CrosswalkEntry } from './crosswalk.js';
import type { ListingEvidence } from './listing-evidence.js';
import { match } from './matcher.js';

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
