import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';
import type { ValidationArguments } from 'class-validator';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;
// With the largest limit an offset of 100 million, far inside what PostgreSQL takes.
const MAX_PAGE = 1_000_000;

/** A whole number in plain digits: `1e3`, `0x10`, `5.0`, ` 5` and an empty value are refused, not read. */
export function WholeNumber(min: number, max: number): PropertyDecorator {
  const read = Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
  );
  const check = ValidateBy({
    name: 'wholeNumber',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max,
      defaultMessage: (args?: ValidationArguments) =>
        `${args?.property ?? 'it'} must be a whole number from ${min} to ${max}`,
    },
  });
  return (target, property) => {
    read(target, property);
    check(target, property);
  };
}

/** Two names of one parameter must not disagree. */
function SameAs(other: 'limit'): PropertyDecorator {
  return ValidateBy({
    name: 'sameAs',
    validator: {
      validate: (value: unknown, args?: ValidationArguments) => {
        const object = args?.object;
        const rival: unknown = object && other in object ? Reflect.get(object, other) : undefined;
        return rival === undefined || rival === value;
      },
      defaultMessage: (args?: ValidationArguments) =>
        `${args?.property ?? 'it'} is another name of ${other}; give one of them`,
    },
  });
}

/** Base of the query DTOs of lists. */
export class PagingQuery {
  @ApiPropertyOptional({
    description: 'The page, from 1.',
    type: 'integer',
    minimum: 1,
    maximum: MAX_PAGE,
    default: 1,
    example: 1,
  })
  @WholeNumber(1, MAX_PAGE)
  page: number = 1;

  @ApiPropertyOptional({
    description: `Rows a page: ${DEFAULT_LIMIT} unless given.`,
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    default: DEFAULT_LIMIT,
    example: 10,
  })
  @IsOptional()
  @WholeNumber(1, MAX_LIMIT)
  limit?: number;

  @ApiPropertyOptional({
    description: 'Another name of `limit`; both are fine only when they are equal.',
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    example: 10,
  })
  @IsOptional()
  @WholeNumber(1, MAX_LIMIT)
  @SameAs('limit')
  page_size?: number;
}

export interface Paging {
  readonly page: number;
  readonly limit: number;
  /** Rows before the page. */
  readonly offset: number;
}

export function pagingOf(query: PagingQuery): Paging {
  const limit = query.limit ?? query.page_size ?? DEFAULT_LIMIT;
  return { page: query.page, limit, offset: (query.page - 1) * limit };
}

/** What a list's metadata says of its pages. */
export function pageMetadata(paging: Paging, totalCount: number): object {
  return {
    page: paging.page,
    limit: paging.limit,
    total_count: totalCount,
    total_pages: Math.ceil(totalCount / paging.limit),
  };
}
