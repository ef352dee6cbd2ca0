import { stringifyAnswer } from './exact-json.js';

/** What a data route returns; the frame adds `request_id` and `api_latency_ms` to its metadata. */
export class Answer {
  constructor(
    /** JsonText where PostgreSQL made it. */
    readonly data: unknown,
    readonly metadata: object = {},
  ) {}
}

/** An answer as text, but for what is every request's own. */
export type RenderedAnswer = DataAnswer | { readonly kind: 'plain'; readonly body: string };

interface DataAnswer {
  readonly kind: 'answer';
  readonly data: string;
  readonly metadata: string;
}

export interface OwnMetadata {
  /** Of no character that JSON would escape. */
  readonly requestId: string;
  readonly latencyMs: number;
  /** How long the data may have been out of date; null: it is current. */
  readonly staleSeconds: number | null;
}

/** Null for what isn't ours to serialise: streams, texts, nothing at all. */
export function render(value: unknown): RenderedAnswer | null {
  if (value instanceof Answer)
    return {
      kind: 'answer',
      data: stringifyAnswer(value.data),
      metadata: stringifyAnswer(value.metadata).slice(1, -1),
    };
  if (typeof value !== 'object' || value === null || 'getStream' in value) return null;
  return { kind: 'plain', body: stringifyAnswer(value) };
}

export function compose(rendered: RenderedAnswer, own: OwnMetadata): string {
  if (rendered.kind === 'plain') return rendered.body;
  const { before, after } = aroundOwn(rendered);
  return before + ownMetadata(own) + after;
}

/** What stands before and after a request's own metadata, in every answer made of this. */
export function aroundOwn({ data, metadata }: DataAnswer): { before: string; after: string } {
  return { before: `{"data":${data},"metadata":{`, after: `${metadata && `,${metadata}`}}}` };
}

/** The value of `Server-Timing`. */
export function serverTiming(latencyMs: number): string {
  return `total;dur=${latencyMs}`;
}

export function ownMetadata({ requestId, latencyMs, staleSeconds }: OwnMetadata): string {
  const stale = staleSeconds === null ? '' : `,"stale_seconds":${staleSeconds}`;
  return `"request_id":"${requestId}","api_latency_ms":${latencyMs}${stale}`;
}

/** Characters it holds, for the cache's bound. */
export function sizeOf(rendered: RenderedAnswer): number {
  return rendered.kind === 'plain' ? rendered.body.length : rendered.data.length + rendered.metadata.length;
}
