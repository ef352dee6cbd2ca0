import { ExpressAdapter } from '@nestjs/platform-express';
import { readSettings, SettingsInvalid } from './read-settings.js';
import { trustedProxies } from './trusted-proxies.js';

describe('TRUST_PROXY', () => {
  it.each([
    ['0', 0],
    ['1', 1],
    ['32', 32],
    ['loopback', ['loopback']],
    ['10.0.0.0/8, 192.168.1.7', ['10.0.0.0/8', '192.168.1.7']],
    ['uniquelocal,2001:db8::/32,::1', ['uniquelocal', '2001:db8::/32', '::1']],
  ])('can be %s, and Express takes it', (text, proxies) => {
    expect(trustedProxies(text)).toEqual(proxies);
    expect(() => {
      new ExpressAdapter().set('trust proxy', trustedProxies(text));
    }).not.toThrow();
    expect(readSettings({ TRUST_PROXY: text }).TRUST_PROXY).toBe(text);
  });

  it.each([
    'true',
    'false',
    '33',
    '-1',
    '1.5',
    '*',
    'proxy.local',
    '10.0.0.0/0',
    '10.0.0.0/33',
    '::/0',
    '::1/129',
    '10.0.0.0/8,',
    '10.0.0.256',
    'fe80::1%eth0',
    '10.0.0.0/8/8',
  ])('is refused at the start, not taken for everybody: %s', (text) => {
    expect(() => readSettings({ TRUST_PROXY: text })).toThrow(SettingsInvalid);
    expect(() => readSettings({ TRUST_PROXY: text })).toThrow(/TRUST_PROXY must be a number of proxies/);
  });
});
