import type { SourceHttp } from './source-adapter.js';

export const MASK = '***';

/** Masking anything shorter would eat ordinary words and protect nothing. */
const SHORTEST_SECRET = 4;

/** A page is data: a short secret is likelier to be a coin's name in it than to be the secret. */
const SHORTEST_IN_PAGE = 8;

/**
 * Takes a source's secrets out of what people get to read. A source may quote our key back at us in its error
 * ("invalid key CG-…"), so it isn't enough never to print a header.
 */
export class SecretMask {
  private readonly secrets: readonly string[];
  /** As bytes, one character each: what a page has beside them needn't be text. */
  private readonly inPages: readonly string[];

  /** `more`: secrets of one request, beside those of every request. */
  constructor(http: Pick<SourceHttp, 'baseUrl' | 'headers'>, more: readonly string[] = []) {
    const url = new URL(http.baseUrl);
    const user = decodeURIComponent(url.username);
    const password = decodeURIComponent(url.password);
    const secrets = [
      // `Bearer <key>` is quoted whole or as the key alone.
      ...Object.values(http.headers).flatMap((value) => [value, ...value.split(/\s+/)]),
      ...url.searchParams.values(),
      ...more,
      password,
      Buffer.from(`${user}:${password}`).toString('base64'),
    ];
    this.secrets = spellings([...secrets, user]).filter((secret) => secret.length >= SHORTEST_SECRET);
    this.inPages = spellings(
      // JSON can't do without a number; and a user's name is nothing without the password.
      secrets.filter((secret) => secret.length >= SHORTEST_IN_PAGE && !/^[\d.]+$/.test(secret)),
    ).map((secret) => Buffer.from(secret).toString('latin1'));
  }

  text(text: string): string {
    return this.secrets.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
  }

  /** The same bytes where there is nothing to mask, which is nearly always. */
  bytes(bytes: Buffer): Buffer {
    return this.secrets.some((secret) => bytes.includes(secret))
      ? Buffer.from(this.text(bytes.toString()))
      : bytes;
  }

  /** A page without the secrets it quotes, else byte for byte as it came; the same buffer where it quotes none. */
  page(bytes: Buffer): Buffer {
    const quoted = this.inPages.filter((secret) => bytes.includes(secret, 0, 'latin1'));
    if (quoted.length === 0) return bytes;
    const masked = quoted.reduce((text, secret) => text.replaceAll(secret, MASK), bytes.toString('latin1'));
    return Buffer.from(masked, 'latin1');
  }
}

/** As they are, as in a URL, as in JSON. Longest first: one that contains another must not be left half visible. */
function spellings(secrets: readonly string[]): readonly string[] {
  const all = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ]);
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}
