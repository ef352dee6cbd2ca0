/**
 * What can go wrong with a source. The type decides what happens next: only `SourceUnavailable` and
 * `SourceRateLimited` are worth another try soon.
 */
export abstract class SourceError extends Error {
  abstract readonly code: string;
  abstract readonly retryable: boolean;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No usable answer: refused, reset, timed out, 5xx, circuit open. */
export class SourceUnavailable extends SourceError {
  readonly code = 'source_unavailable';
  readonly retryable = true;
}

/** Too many requests; `retryAfterSeconds` is what the source asked for, null when it didn't say. */
export class SourceRateLimited extends SourceError {
  readonly code = 'source_rate_limited';
  readonly retryable = true;

  constructor(
    message: string,
    readonly retryAfterSeconds: number | null,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** The key is missing, wrong, or for another plan; needs a person. */
export class SourceAuthFailed extends SourceError {
  readonly code = 'source_auth_failed';
  readonly retryable = false;
}

/** The plan's requests are used up, by our count or by the source's word. */
export class SourceQuotaSpent extends SourceError {
  readonly code = 'source_quota_spent';
  readonly retryable = false;
}

/** An answer that isn't what this source says: HTML, cut off, too large, another shape, a request it refuses. */
export class SourcePayloadInvalid extends SourceError {
  readonly code = 'source_payload_invalid';
  readonly retryable = false;
}

/** The source's shape moved away from what its adapter expects; loading on would publish wrong numbers. */
export class SourceDrifted extends SourceError {
  readonly code = 'drift';
  readonly retryable = false;
}

export const REFUSAL_REASONS = [
  'not_an_object',
  'missing_field',
  'wrong_type',
  'empty_text',
  'text_too_long',
  'control_character',
  'lone_surrogate',
  'reserved_id',
  'not_finite',
  'negative',
  'out_of_range',
  'bad_timestamp',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** One record that can't be read; the rest of its page loads. The message is for people and names the field. */
export class RecordRefused extends Error {
  constructor(
    readonly reason: RefusalReason,
    message: string,
    /** The field that can't be read, as `required` spells it; null: the record as a whole. */
    readonly field: string | null = null,
    /** Whose record it is, where that can be read. */
    readonly sourceCoinId: string | null = null,
  ) {
    super(message);
    this.name = 'RecordRefused';
  }
}
