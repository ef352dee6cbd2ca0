import type { SourceHttp } from './source-adapter.js';

export const MASK = '***';

/** Masking anything shorter would eat ordinary words and protect nothing. */
const SHORTEST_SECRET = 4;

/**
 * Takes a source's secrets out of what people get to read. A source may quote our key back at us in its error
 * ("invalid key CG-…"), so it isn't enough never to print a header.
 */
export class SecretMask {
  private readonly secrets: readonly string[];

  /** `more`: secrets of one request, beside those of every request. */
  constructor(http: Pick<SourceHttp, 'baseUrl' | 'headers'>, more: readonly string[] = []) {
    const url = new URL(http.baseUrl);
    const user = decodeURIComponent(url.username);
    const password = decodeURIComponent(url.password);
    const plain = [
      // `Bearer <key>` is quoted whole or as the key alone.
      ...Object.values(http.headers).flatMap((value) => [value, ...value.split(/\s+/)]),
      ...url.searchParams.values(),
      ...more,
      user,
      password,
      Buffer.from(`${user}:${password}`).toString('base64'),
    ];
    const spellings = plain.flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
    ]);
    // Longest first: a secret that contains another must not be left half visible.
    this.secrets = [...new Set(spellings)]
      .filter((secret) => secret.length >= SHORTEST_SECRET)
      .sort((a, b) => b.length - a.length);
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
}
