import { createHash } from 'node:crypto';
import type { Request } from 'express';

/** The path with its query sorted: one name for all spellings of a read. */
export function canonicalUrl(req: Request): string {
  const query = new URLSearchParams(req.originalUrl.split('?').slice(1).join('?'));
  query.sort();
  const search = query.toString();
  return search ? `${req.path}?${search}` : req.path;
}

/**
 * The same on every replica: it's made of the data's version, the URL, and the version of the program, which may
 * answer in another shape tomorrow. Weak, because request id and latency differ from answer to answer.
 */
export function entityTag(program: string, dataVersion: string, url: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([program, dataVersion, url]))
    .digest('base64url');
  return `W/"${hash.slice(0, 27)}"`;
}

/** Whether `If-None-Match` names the tag. `*` isn't looked at: it asks whether there is an answer at all. */
export function namesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  const opaque = (text: string): string => text.replace(/^W\//, '');
  const named = ifNoneMatch?.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return named.some((text) => opaque(text) === opaque(tag));
}
