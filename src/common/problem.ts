import { HttpException } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ParameterError {
  @ApiProperty({ description: 'The parameter, or the path of the body’s field.', example: 'limit' })
  readonly parameter!: string;

  @ApiProperty({
    description: 'What is wrong with it.',
    example: 'limit must be a whole number from 1 to 100',
  })
  readonly message!: string;
}

/** What every error is answered with: RFC 9457, `application/problem+json`. */
export class Problem {
  @ApiProperty({
    description: 'Which kind of problem it is; `about:blank` where the status says it all.',
    format: 'uri-reference',
    example: '/problems/invalid-parameters',
  })
  readonly type!: string;

  @ApiProperty({ description: 'The kind in words.', example: 'Invalid parameters' })
  readonly title!: string;

  @ApiProperty({ description: 'The HTTP status.', type: 'integer', example: 422 })
  readonly status!: number;

  @ApiProperty({
    description: 'What happened this time.',
    example: 'limit must be a whole number from 1 to 100',
  })
  readonly detail!: string;

  @ApiProperty({
    description: 'The path that was asked, without its query.',
    format: 'uri-reference',
    example: '/data',
  })
  readonly instance!: string;

  @ApiProperty({
    description: 'The id of the request, as in `X-Request-ID` and the logs.',
    example: '4f1c2a4e-6f0b-4a55-9d0a-0c8b9c1f2d3e',
  })
  readonly request_id!: string;

  @ApiPropertyOptional({ description: 'With 422: every parameter that is wrong.', type: [ParameterError] })
  readonly errors?: readonly ParameterError[];
}

export interface ProblemContent {
  readonly status: number;
  /** Names the kind: `type` becomes `/problems/<slug>`. Without one it is `about:blank`. */
  readonly slug?: string;
  /** Unset: the status in words. */
  readonly title?: string;
  /** Shown to the client: no internals. */
  readonly detail: string;
  readonly errors?: readonly ParameterError[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error that says itself how it is to be answered. */
export class ProblemException extends HttpException {
  constructor(
    readonly content: ProblemContent,
    options?: { cause?: unknown },
  ) {
    super(content.detail, content.status, options);
    this.name = new.target.name;
  }
}

export class ParametersInvalid extends ProblemException {
  constructor(errors: readonly ParameterError[]) {
    super({
      status: 422,
      slug: 'invalid-parameters',
      title: 'Invalid parameters',
      detail: errors.map(({ message }) => message).join('; '),
      errors,
    });
  }
}

export class ServiceUnavailable extends ProblemException {
  constructor(detail: string, retryAfterSeconds = 5, options?: { cause?: unknown }) {
    super(
      {
        status: 503,
        slug: 'service-unavailable',
        title: 'Service unavailable',
        detail,
        headers: { 'Retry-After': String(retryAfterSeconds) },
      },
      options,
    );
  }
}
