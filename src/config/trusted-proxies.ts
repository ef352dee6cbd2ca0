import { isIP } from 'node:net';
import { ValidateBy } from 'class-validator';

/** Ranges that Express knows by name. */
const RANGES = ['loopback', 'linklocal', 'uniquelocal'];
const MOST_HOPS = 32;

/**
 * What Express is told to trust: a number of proxies, or their addresses. Null: it can't be read. `true` is none of
 * it: whoever trusts everybody lets each client say who it is.
 */
export function trustedProxies(text: string): number | string[] | null {
  if (/^\d+$/.test(text)) return Number(text) <= MOST_HOPS ? Number(text) : null;
  const places = text.split(',').map((place) => place.trim());
  return places.every((place) => RANGES.includes(place) || isNetwork(place)) ? places : null;
}

/** An address, or a range of them as `10.0.0.0/8`. */
function isNetwork(place: string): boolean {
  const [, address = '', bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(place) ?? [];
  const version = isIP(address);
  if (version === 0) return false;
  return bits === undefined || (Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128));
}

export function IsTrustedProxies(): PropertyDecorator {
  return ValidateBy({
    name: 'isTrustedProxies',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && trustedProxies(value) !== null,
      defaultMessage: () =>
        `TRUST_PROXY must be a number of proxies (up to ${MOST_HOPS}), or addresses and ranges like 10.0.0.0/8, comma-separated`,
    },
  });
}
