import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import { PageMetadata } from '../common/api-answers.js';
import { PagingQuery } from '../common/paging.js';

const decimal = { type: 'number', nullable: true } as const;

export class DoubtsQuery extends PagingQuery {
  @ApiPropertyOptional({ description: 'Only listings of this source.', example: 'coingecko' })
  @IsOptional()
  @IsString()
  @Matches(/^[a-z][a-z0-9_]{0,62}$/, { message: 'source must be the name of one source, in lower case' })
  source?: string;
}

/** What a person compares. */
class ComparedListing {
  @ApiProperty({ example: 'csv' })
  readonly source!: string;

  @ApiProperty({ description: 'The source’s own id.', example: 'twn twin' })
  readonly source_coin_id!: string;

  @ApiProperty({ type: 'string', nullable: true, example: 'TWN' })
  readonly symbol!: string | null;

  @ApiProperty({ type: 'string', nullable: true, example: 'Twin' })
  readonly name!: string | null;

  @ApiProperty({ ...decimal, description: 'USD, the source’s own.', example: 0.0421 })
  readonly current_price!: string | null;

  @ApiProperty({ ...decimal, description: 'USD, the source’s own.', example: 4210000 })
  readonly market_cap!: string | null;

  @ApiProperty({ ...decimal, description: 'USD in 24 hours, the source’s own.', example: 18640 })
  readonly volume_24h!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'The source’s own.', example: 1204 })
  readonly rank!: number | null;
}

class CandidateListing extends ComparedListing {
  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'The coin it is now: what to pin to, if it is the one.',
    example: 'twin',
  })
  readonly coin_id!: string | null;

  @ApiProperty({
    description: 'What speaks for it, and why that was not enough.',
    example: 'same symbol TWN and same name "Twin"; but more than one listing of coingecko has it',
  })
  readonly why!: string;
}

class ComparedCoin {
  @ApiProperty({ example: 'twin-twn' })
  readonly coin_id!: string;

  @ApiProperty({ example: 'TWN' })
  readonly symbol!: string;

  @ApiProperty({ example: 'Twin' })
  readonly name!: string;

  @ApiProperty({ ...decimal, description: 'USD, of the consensus.', example: 0.0421 })
  readonly current_price!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, example: 1204 })
  readonly rank!: number | null;

  @ApiProperty({ description: 'As in `/data`.', example: 'single' })
  readonly price_status!: string;

  @ApiProperty({ type: [String], description: 'Sources that list it.', example: ['csv'] })
  readonly sources!: readonly string[];
}

class DoubtfulListing extends ComparedListing {
  @ApiProperty({ type: ComparedCoin, description: 'The coin it is now.' })
  readonly coin!: ComparedCoin;

  @ApiProperty({ description: 'How that was decided, as in `/coins/{coin_id}`.', example: 'own' })
  readonly method!: string;

  @ApiProperty({ type: 'number', minimum: 0, maximum: 1, example: 0.5 })
  readonly confidence!: number;

  @ApiProperty({
    type: [String],
    description: 'The reasons, in words.',
    example: ['in doubt whether it is one of its candidates'],
  })
  readonly evidence!: readonly string[];

  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-23T18:00:12.000Z' })
  readonly decided_at!: string;
}

/** A listing that stays its own coin because it could be another one as well. */
export class AmbiguousListing extends DoubtfulListing {
  @ApiProperty({ type: [CandidateListing], description: 'What it might be.' })
  readonly candidates!: readonly CandidateListing[];
}

/** A listing whose link is contradicted by what came after it. */
export class SuspectListing extends DoubtfulListing {
  @ApiProperty({
    type: [String],
    description: 'What speaks against the link, in words. It holds until a person decides.',
    example: ['different contracts on ethereum'],
  })
  readonly suspect!: readonly string[];
}

export class DoubtMetadata extends PageMetadata {
  @ApiProperty({
    description: 'What a person can do about each.',
    example:
      'It is a candidate: POST /identity/links {source, source_coin_id, coin_id}. It is none of them: DELETE /identity/links?source=&source_coin_id=.',
  })
  readonly what_to_do!: string;
}
