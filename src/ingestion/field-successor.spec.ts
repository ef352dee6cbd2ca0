import { likelySuccessor } from './field-successor.js';
import type { NamedField } from './field-successor.js';

const number = (field: string): NamedField => ({ field, type: 'number' });

it.each([
  ['current_price', ['price_current', 'volume'], { field: 'price_current', confidence: 1 }],
  ['priceUsd', ['price_usd'], { field: 'price_usd', confidence: 1 }],
  ['price', ['usd_price', 'prices'], { field: 'prices', confidence: 0.83 }],
  ['market_cap', ['fdv', 'rank'], null],
  // What both paths begin with is no likeness.
  ['quotes.USD.price', ['quotes.USD.beta'], null],
  ['quotes.USD.price', ['quotes.USD.prices'], { field: 'quotes.USD.prices', confidence: 0.83 }],
  ['quotes.USD.price', ['price'], { field: 'price', confidence: 0.8 }],
])('%s may have become one of %j', (gone, others, successor) => {
  expect(likelySuccessor(number(gone), others.map(number))).toEqual(successor);
});

it('is less sure of a field of another type', () => {
  expect(likelySuccessor(number('price'), [{ field: 'price', type: 'string' }])).toMatchObject({
    confidence: 0.5,
  });
  expect(likelySuccessor({ field: 'price', type: 'null' }, [number('price')])).toMatchObject({
    confidence: 1,
  });
});
