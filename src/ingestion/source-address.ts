import { MASK } from './secret-mask.js';

const SECRET_NAME = /key|token|secret|sign|passw|auth/i;

export interface SourceAddress {
  /** Where the request goes, with the base URL's user info and query. */
  readonly url: string;
  /** The same for people and the database: no user info, nothing of the base URL's query. */
  readonly shownUrl: string;
  /** Path and query as the adapter asked for them, without values that look like secrets. */
  readonly asked: string;
  /** Values of the query that look like secrets. */
  readonly secrets: readonly string[];
}

/** An address below the base URL: whatever `path` is, the host stays the base URL's. */
export function sourceAddress(
  baseUrl: string,
  path: string,
  query: Readonly<Record<string, string>> = {},
): SourceAddress {
  const url = new URL(baseUrl);
  const shown = new URL(url.origin);
  const relative = path.replace(/^\/+/, '');
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${relative}`;
  shown.pathname = url.pathname;
  const secrets: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    const secret = SECRET_NAME.test(name);
    if (secret) secrets.push(value);
    url.searchParams.set(name, value);
    shown.searchParams.set(name, secret ? MASK : value);
  }
  return { url: url.href, shownUrl: shown.href, asked: `/${relative}${shown.search}`, secrets };
}
