import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import { WholeNumber } from '../common/paging.js';
import type { Move, Signpost } from './listing-moves.js';
import type { Doubt } from './solved-doubts.js';

const SOURCE = /^[a-z][a-z0-9_]{0,62}$/;
const COIN = /^[a-z0-9][a-z0-9-]{0,119}$/;
// PostgreSQL refuses NUL; the rest of what a source calls its coins is its own business.
const LISTING = /^[^\0]{1,500}$/u;
const REASON = /^[^\0]{1,1000}$/u;

const notAReason = { message: 'reason must be a text of 1 to 1000 characters without NUL' };
const notACoin = (property: string): { message: string } => ({
  message: `${property} must be a coin id, as in /data: lower-case letters, digits and hyphens`,
});
const notAListing = {
  message: 'source_coin_id must be the source’s id of a listing, 1 to 500 characters without NUL',
};
const notASource = { message: 'source must be the name of one source, in lower case' };

const reason = {
  description: 'Why, for those who come after. Shown in `/identity/decisions` only.',
  example: 'Same contract as on the project’s own page',
  minLength: 1,
  maxLength: 1000,
};

export class PinBody {
  @ApiProperty({ description: 'The source of the listing.', example: 'csv' })
  @IsString(notASource)
  @Matches(SOURCE, notASource)
  source!: string;

  @ApiProperty({ description: 'The source’s own id of it.', example: 'twn twin' })
  @IsString(notAListing)
  @Matches(LISTING, notAListing)
  source_coin_id!: string;

  @ApiProperty({
    description: 'The coin it is. The id of a coin that was merged means the one it was merged into.',
    example: 'twin',
  })
  @IsString(notACoin('coin_id'))
  @Matches(COIN, notACoin('coin_id'))
  coin_id!: string;

  @ApiPropertyOptional(reason)
  @IsOptional()
  @IsString(notAReason)
  @Matches(REASON, notAReason)
  reason?: string;
}

export class SplitQuery {
  @ApiProperty({ description: 'The source of the listing.', example: 'csv' })
  @IsString(notASource)
  @Matches(SOURCE, notASource)
  source!: string;

  @ApiProperty({ description: 'The source’s own id of it.', example: 'twn twin' })
  @IsString(notAListing)
  @Matches(LISTING, notAListing)
  source_coin_id!: string;

  @ApiPropertyOptional(reason)
  @IsOptional()
  @IsString(notAReason)
  @Matches(REASON, notAReason)
  reason?: string;
}

export class MergeBody {
  @ApiProperty({
    description: 'The coin that ends. Its id goes on leading to the other.',
    example: 'twin-twn',
  })
  @IsString(notACoin('from'))
  @Matches(COIN, notACoin('from'))
  from!: string;

  @ApiProperty({
    description: 'The coin that stays. The id of a coin that was merged means the one it was merged into.',
    example: 'twin',
  })
  @IsString(notACoin('into'))
  @Matches(COIN, notACoin('into'))
  into!: string;

  @ApiPropertyOptional(reason)
  @IsOptional()
  @IsString(notAReason)
  @Matches(REASON, notAReason)
  reason?: string;
}

export class DecisionParameters {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'The decision, as in `/identity/decisions`.',
    example: 12,
  })
  @WholeNumber(1, Number.MAX_SAFE_INTEGER)
  decision_id!: number;
}

class MovedListing {
  @ApiProperty({ example: 'csv' })
  readonly source!: string;

  @ApiProperty({ description: 'The source’s own id.', example: 'twn twin' })
  readonly source_coin_id!: string;

  @ApiProperty({ example: 'twin-twn' })
  readonly coin_before!: string;

  @ApiProperty({
    description: 'The same as before where the decision only confirms what was.',
    example: 'twin',
  })
  readonly coin_after!: string;
}

/** What a person decided. */
export class DecisionRow {
  @ApiProperty({ type: 'integer', example: 12 })
  readonly decision_id!: number;

  @ApiProperty({ enum: ['pin', 'split', 'merge'], example: 'pin' })
  readonly kind!: string;

  @ApiProperty({ type: 'string', nullable: true, example: 'Same contract as on the project’s own page' })
  readonly reason!: string | null;

  @ApiProperty({ type: [MovedListing] })
  readonly listings!: readonly MovedListing[];

  @ApiProperty({
    description: 'The id of the request that decided, as in `X-Request-ID` and the logs.',
    example: '4f1c2a4e-6f0b-4a55-9d0a-0c8b9c1f2d3e',
  })
  readonly request_id!: string;

  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-23T18:00:12.000Z' })
  readonly decided_at!: string;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    description: 'Null while it holds.',
    example: null,
  })
  readonly undone_at!: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'The id of the request that undid it.',
    example: null,
  })
  readonly undone_request_id!: string | null;
}

export interface DecisionColumns {
  readonly decision_id: string;
  readonly kind: string;
  readonly reason: string | null;
  readonly moves: readonly Move[];
  readonly signposts: readonly Signpost[];
  readonly doubts: readonly Pick<Doubt, 'link_id' | 'candidates'>[];
  readonly request_id: string;
  readonly decided_at: Date;
  readonly undone_at: Date | null;
  readonly undone_request_id: string | null;
}

export function toDecision(row: DecisionColumns): DecisionRow {
  return {
    decision_id: Number(row.decision_id),
    kind: row.kind,
    reason: row.reason,
    listings: row.moves.map(({ source, source_coin_id, coin_before, coin_after }) => ({
      source,
      source_coin_id,
      coin_before,
      coin_after,
    })),
    request_id: row.request_id,
    decided_at: row.decided_at.toISOString(),
    undone_at: row.undone_at?.toISOString() ?? null,
    undone_request_id: row.undone_request_id,
  };
}
