import { MASK, SecretMask } from './secret-mask.js';

const mask = (key: string, baseUrl = 'https://api.example/v1'): SecretMask =>
  new SecretMask({ baseUrl, headers: { 'x-key': key } });
const page = (of: SecretMask, body: string | Buffer): string => of.page(Buffer.from(body)).toString('latin1');

describe('a page that quotes our secrets back at us', () => {
  it('loses them and nothing else', () => {
    const body = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('{"a":"say ab+cd/efgh","b":"µ"}')]);
    const masked = mask('ab+cd/efgh').page(body);
    expect(masked.toString('latin1')).toBe(body.toString('latin1').replace('ab+cd/efgh', MASK));
    expect(page(mask('ab+cd/efgh'), '"?key=ab%2Bcd%2Fefgh"')).toBe(`"?key=${MASK}"`);
    expect(page(mask('clé-de-voûte'), '"clé-de-voûte"')).toBe(`"${MASK}"`);
  });

  it('is the same buffer where there is none', () => {
    const body = Buffer.from('[{"id":"bitcoin"}]');
    expect(mask('CG-1234567890').page(body)).toBe(body);
  });

  it.each([
    ['short', 'bitcoin', 'https://api.example/v1'],
    ['a number, which JSON could not do without', '12345678', 'https://api.example/v1'],
    ['only the user of a proxy', 'CG-1234567890', 'https://ethereum:swordfish-9@api.example/v1'],
  ])('keeps what is %s', (_what, key, baseUrl) => {
    const body = '[{"id":"bitcoin","price":123456789,"on":"ethereum"}]';
    expect(page(mask(key, baseUrl), body)).toBe(body);
  });

  it('loses the password of a proxy', () => {
    const secret = mask('CG-1234567890', 'https://ethereum:swordfish-9@api.example/v1');
    expect(page(secret, '["swordfish-9"]')).toBe(`["${MASK}"]`);
  });
});
