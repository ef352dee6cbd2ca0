import { ApiProperty } from '@nestjs/swagger';
import { AnswerMetadata, PageMetadata } from '../common/api-answers.js';
import { PRICE_STATUSES, VOTES } from './consensus.js';

const decimal = { type: 'number', nullable: true } as const;

/** One coin with the numbers its sources agree on; with `source`, that source's own. */
export class CoinRow {
  @ApiProperty({ description: 'Stable id of the coin.', example: 'bitcoin' })
  readonly coin_id!: string;

  @ApiProperty({ description: 'Symbol, in capitals. Not unique.', example: 'BTC' })
  readonly symbol!: string;

  @ApiProperty({ example: 'Bitcoin' })
  readonly name!: string;

  @ApiProperty({ ...decimal, description: 'USD, with every digit the source gave.', example: 104897.25 })
  readonly current_price!: string | null;

  @ApiProperty({ ...decimal, description: 'USD.', example: 2078569617305 })
  readonly market_cap!: string | null;

  @ApiProperty({ ...decimal, description: 'USD traded in 24 hours.', example: 18640938529 })
  readonly volume_24h!: string | null;

  @ApiProperty({ ...decimal, description: 'Percent over 24 hours; negative when it fell.', example: -1.42 })
  readonly price_change_24h!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Rank by market cap, 1 first.', example: 1 })
  readonly rank!: number | null;

  @ApiProperty({
    type: [String],
    description: 'Sources that list it.',
    example: ['coingecko', 'coinpaprika', 'csv'],
  })
  readonly sources!: readonly string[];

  @ApiProperty({
    enum: PRICE_STATUSES,
    description:
      '`agreed`: fresh sources agree. `single`: one fresh source. `disputed`: they differ beyond the limit; the most trusted one’s number is served. `implausible`: all there is are numbers that can’t be right, such as a market cap of trillions that is traded for five dollars a day; the price is the source’s word, and what is doubtful beside it is null. `stale`: no fresh quote. `unpriced`: nobody gives a price.',
    example: 'agreed',
  })
  readonly price_status!: string;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    description: 'The source’s own time of the price served; null when it gives none.',
    example: '2026-11-23T18:00:12.000Z',
  })
  readonly last_updated!: string | null;
}

export class DataMetadata extends PageMetadata {
  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    description: 'Time of the newest quote there is; with `source`, of that source’s newest.',
    example: '2026-11-23T18:00:12.000Z',
  })
  readonly data_as_of!: string | null;
}

export class CoinMetadata extends AnswerMetadata {
  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    description: 'Time of the newest quote there is.',
  })
  readonly data_as_of!: string | null;
}

class Contract {
  @ApiProperty({ description: 'The chain, as the source names it.', example: 'ethereum' })
  readonly chain!: string;

  @ApiProperty({ example: '0x1f9840a85d5af5bf1d1762f925bdaddc4201f984' })
  readonly address!: string;
}

class LinkCandidate {
  @ApiProperty({ example: 'coingecko' })
  readonly source!: string;

  @ApiProperty({ example: 'bitcoin' })
  readonly source_coin_id!: string;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'Its coin when that was decided; null: it had none yet.',
  })
  readonly coin_id!: string | null;

  @ApiProperty({ description: 'Why it was left undecided.' })
  readonly why!: string;
}

class Link {
  @ApiProperty({
    description:
      'How it was decided: `crosswalk`, `contract`, `symbol_name`, `market`, or `own` for a coin of its own; by a person `pinned`, or `split` for one kept apart.',
    example: 'contract',
  })
  readonly method!: string;

  @ApiProperty({ type: 'number', minimum: 0, maximum: 1, example: 0.99 })
  readonly confidence!: number;

  @ApiProperty({ type: [String], description: 'The reasons, in words.' })
  readonly evidence!: readonly string[];

  @ApiProperty({
    type: [String],
    description: 'What has come to speak against it since it was decided, in words.',
    example: ['prices 1.02 and 7.5 at nearly the same time'],
  })
  readonly suspect!: readonly string[];

  @ApiProperty({ type: [LinkCandidate], description: 'Of a listing in doubt: what it might be as well.' })
  readonly candidates!: readonly LinkCandidate[];

  @ApiProperty({ description: 'Who decided: `matcher`, or a person.', example: 'matcher' })
  readonly decided_by!: string;

  @ApiProperty({ type: 'string', format: 'date-time' })
  readonly decided_at!: string;
}

class RawPageReference {
  @ApiProperty({ type: 'integer', example: 412 })
  readonly raw_page_id!: number;

  @ApiProperty({ type: 'integer', description: 'The run that loaded it.', example: 31 })
  readonly run_id!: number;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'Where it came from; null when it is past its retention.',
  })
  readonly url!: string | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'SHA-256 of its bytes.' })
  readonly hash!: string | null;
}

/** What one source says of the coin, and what became of it. */
export class CoinListing {
  @ApiProperty({ example: 'coingecko' })
  readonly source!: string;

  @ApiProperty({ description: 'The source’s own id.', example: 'bitcoin' })
  readonly source_coin_id!: string;

  @ApiProperty({ example: 'btc' })
  readonly symbol!: string;

  @ApiProperty({ example: 'Bitcoin' })
  readonly name!: string;

  @ApiProperty({ ...decimal, description: 'USD.' })
  readonly current_price!: string | null;

  @ApiProperty({ ...decimal, description: 'USD.' })
  readonly market_cap!: string | null;

  @ApiProperty({ ...decimal, description: 'USD.' })
  readonly volume_24h!: string | null;

  @ApiProperty({ ...decimal, description: 'Percent.' })
  readonly price_change_24h!: string | null;

  @ApiProperty({ type: 'integer', nullable: true })
  readonly rank!: number | null;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    description: 'The time the quote votes by; null for undated reference data.',
  })
  readonly quoted_at!: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, description: 'The source’s own time.' })
  readonly source_updated_at!: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', description: 'When Mintmark fetched it.' })
  readonly fetched_at!: string;

  @ApiProperty({
    enum: VOTES,
    description:
      '`counted`: it stands behind the price or, of a disputed coin, was heard. `rejected`: too far from the others. `implausible`: it can’t be right, and others can. `duplicate`: another listing of its source votes. `stale`: too old beside newer ones. `undated`: without a time beside dated ones. `unpriced`: no price.',
    example: 'counted',
  })
  readonly vote!: string;

  @ApiProperty({ description: 'Why it voted or didn’t.', example: 'agrees within 5 % and is served' })
  readonly vote_reason!: string;

  @ApiProperty({
    type: [String],
    description: 'Why some of its numbers aren’t taken for the coin’s, in words.',
    example: ['a market cap of 3.3 trillion USD on a day’s volume of 5 USD'],
  })
  readonly doubts!: readonly string[];

  @ApiProperty({ type: [Contract] })
  readonly contracts!: readonly Contract[];

  @ApiProperty({ type: Link, nullable: true })
  readonly link!: Link | null;

  @ApiProperty({ type: RawPageReference })
  readonly raw_page!: RawPageReference;
}

/** One coin with every listing behind it. */
export class CoinDetail extends CoinRow {
  @ApiProperty({ type: [CoinListing] })
  readonly listings!: readonly CoinListing[];
}
