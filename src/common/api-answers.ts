import { applyDecorators } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import type { ApiResponseOptions } from '@nestjs/swagger';
import { Problem } from './problem.js';

/** What every answer with `data` says of itself. */
export class AnswerMetadata {
  @ApiProperty({
    description: 'The id of the request, as in `X-Request-ID` and the logs.',
    example: '4f1c2a4e-6f0b-4a55-9d0a-0c8b9c1f2d3e',
  })
  readonly request_id!: string;

  @ApiProperty({
    description: 'Milliseconds from the arrival of the request to its answer.',
    type: 'number',
    minimum: 0,
    example: 1.482,
  })
  readonly api_latency_ms!: number;

  @ApiPropertyOptional({
    description:
      'Only while the database is away: seconds since this answer was last known to be current; `Age` alike.',
    type: 'integer',
    minimum: 0,
    example: 42,
  })
  readonly stale_seconds?: number;
}

/** What the answer of a list says of itself. */
export class PageMetadata extends AnswerMetadata {
  @ApiProperty({ description: 'The page this is, from 1.', type: 'integer', minimum: 1, example: 1 })
  readonly page!: number;

  @ApiProperty({ description: 'Rows a page.', type: 'integer', minimum: 1, maximum: 100, example: 50 })
  readonly limit!: number;

  @ApiProperty({ description: 'Rows there are in all.', type: 'integer', minimum: 0, example: 1043 })
  readonly total_count!: number;

  @ApiProperty({ description: 'Pages there are.', type: 'integer', minimum: 0, example: 21 })
  readonly total_pages!: number;
}

interface AnswerOptions {
  /** Rows of it, in pages. */
  readonly list?: boolean;
  /** Unset: that of a list or of one thing. */
  readonly metadata?: Type<AnswerMetadata>;
  readonly status?: number;
  readonly description?: string;
  readonly headers?: ApiResponseOptions['headers'];
}

/** Documents an `Answer` whose data is this DTO. */
export function ApiAnswer(dto: Type, options: AnswerOptions = {}): ClassDecorator & MethodDecorator {
  const { list = false, status = 200, description = '', headers } = options;
  const metadata = options.metadata ?? (list ? PageMetadata : AnswerMetadata);
  const data = { $ref: getSchemaPath(dto) };
  return applyDecorators(
    ApiExtraModels(dto, metadata),
    ApiResponse({
      status,
      description,
      headers,
      schema: {
        type: 'object',
        required: ['data', 'metadata'],
        properties: {
          data: list ? { type: 'array', items: data } : data,
          metadata: { $ref: getSchemaPath(metadata) },
        },
      },
    }),
  );
}

/** The answer of a problem, as an OpenAPI response. */
export function problemResponse(description: string): {
  description: string;
  content: Record<string, { schema: { $ref: string } }>;
} {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: getSchemaPath(Problem) } } },
  };
}

/** Documents a problem this operation may be answered with, beyond those every operation has. */
export function ApiProblem(status: number, description: string): ClassDecorator & MethodDecorator {
  return applyDecorators(ApiExtraModels(Problem), ApiResponse({ status, ...problemResponse(description) }));
}
