import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { CoinWriter } from '../coins/coin-writer.js';
import { Settings } from '../config/settings.js';
import { bumpDataVersion } from '../database/data-version.js';
import { oldestQuote } from '../database/quote-partitions.js';
import { IdentityLinks } from '../identity/identity-links.js';
import type { LinkPlan } from '../identity/identity-links.js';
import { normaliseAddress, normaliseChain, normaliseName, normaliseSymbol } from '../identity/normalise.js';
import { Checkpoints } from './checkpoints.js';
import type { Claim } from './checkpoints.js';
import { noteShape } from './drift-baseline.js';
import type { FieldChange } from './drift.js';
import { Faults } from './faults.js';
import * as sql from './page-writer.queries.js';
import type { ReadPage } from './read-page.js';
import type { FetchedPage, SourceAdapter } from './source-adapter.js';

const compress = promisify(gzip);

export interface PageCounts {
  readonly extracted: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly quarantined: number;
  readonly duplicates: number;
}

export interface WrittenPage extends PageCounts {
  readonly changes: readonly FieldChange[];
}

interface Loaded {
  readonly inserted: number;
  readonly updated: number;
  /** Listings that identity has to look at: new ones, and those with new evidence. */
  readonly undecided: readonly string[];
  readonly touchedCoins: ReadonlySet<string>;
  readonly newListings: number;
  readonly dataAsOf: Date | null;
}

/** Writes one page in one transaction, its checkpoint included: all of it or nothing. */
@Injectable()
export class PageWriter {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly checkpoints: Checkpoints,
    private readonly identity: IdentityLinks,
    private readonly coins: CoinWriter,
    private readonly settings: Settings,
    private readonly faults: Faults,
  ) {}

  async write(
    claim: Claim,
    adapter: SourceAdapter,
    page: FetchedPage,
    records: readonly unknown[],
    read: ReadPage,
  ): Promise<WrittenPage> {
    const body = await compress(page.body);
    return this.dataSource.transaction(async (manager) => {
      const rawPageId = await this.keepRawPage(manager, claim, page, body);
      const loaded =
        read.contracts.length > 0
          ? await this.loadContracts(manager, claim, read)
          : await this.loadListings(manager, claim, adapter, page, rawPageId, read);
      const touched = new Set(loaded.touchedCoins);
      let merged: LinkPlan['merged'] = [];
      if (loaded.undecided.length > 0) {
        const plan = await this.identity.plan(manager, loaded.undecided);
        await this.coins.found(manager, plan.found);
        for (const coinId of await this.identity.apply(manager, plan)) touched.add(coinId);
        merged = plan.merged;
      }
      await this.coins.derive(manager, [...touched], merged);
      await this.quarantine(manager, claim, page, rawPageId, read);
      const changes = await noteShape(
        manager,
        { source: claim.source, feed: page.feed, runId: claim.runId },
        records,
      );
      const counts: PageCounts = {
        extracted: read.extracted,
        inserted: loaded.inserted,
        updated: loaded.updated,
        unchanged: read.extracted - loaded.inserted - loaded.updated - read.refused.length,
        quarantined: read.refused.length,
        duplicates: read.duplicates,
      };
      this.faults.at('commit', claim.source);
      await this.checkpoints.advance(manager, claim, {
        cursor: page.cursor,
        memory: page.memory,
        newListings: loaded.newListings,
        dataAsOf: loaded.dataAsOf,
      });
      // Checkpoint before run, as everywhere: a heartbeat in the other order would be a deadlock.
      await manager.query(sql.COUNT_PAGE, [
        claim.runId,
        counts.extracted,
        counts.inserted,
        counts.updated,
        counts.unchanged,
        counts.quarantined,
        counts.duplicates,
      ]);
      await bumpDataVersion(manager);
      return { ...counts, changes };
    });
  }

  private async keepRawPage(
    manager: EntityManager,
    claim: Claim,
    page: FetchedPage,
    body: Buffer,
  ): Promise<string> {
    const rows: { raw_page_id: string }[] = await manager.query(sql.KEEP_RAW_PAGE, [
      claim.source,
      claim.runId,
      page.feed,
      page.url,
      page.status,
      createHash('sha256').update(page.body).digest('hex'),
      page.body.length,
      body,
      page.fetchedAt,
    ]);
    const id = rows[0]?.raw_page_id;
    if (id === undefined) throw new Error('a raw page was written without an id');
    return id;
  }

  private async loadListings(
    manager: EntityManager,
    claim: Claim,
    adapter: SourceAdapter,
    page: FetchedPage,
    rawPageId: string,
    read: ReadPage,
  ): Promise<Loaded> {
    const undated = adapter.reference ? null : page.fetchedAt;
    let dataAsOf: Date | null = null;
    const rows = read.listings.map((listing) => {
      const quotedAt = listing.sourceUpdatedAt ?? undated;
      const asOf = quotedAt && quotedAt > page.fetchedAt ? page.fetchedAt : quotedAt;
      if (asOf && (!dataAsOf || asOf > dataAsOf)) dataAsOf = asOf;
      return {
        source_coin_id: listing.sourceCoinId,
        symbol: listing.symbol,
        name: listing.name,
        symbol_key: normaliseSymbol(listing.symbol),
        name_key: normaliseName(listing.name),
        price: listing.price,
        market_cap: listing.marketCap,
        volume_24h: listing.volume24h,
        price_change_24h: listing.priceChange24h,
        rank: listing.rank,
        source_updated_at: listing.sourceUpdatedAt,
        quoted_at: quotedAt,
      };
    });
    const changed: { listing_id: string; coin_id: string | null; inserted: boolean }[] = await manager.query(
      sql.LOAD_LISTINGS,
      [
        JSON.stringify(rows),
        claim.source,
        page.fetchedAt,
        claim.runId,
        rawPageId,
        oldestQuote(page.fetchedAt, this.settings.QUOTE_RETENTION_DAYS),
      ],
    );
    const inserted = changed.filter((row) => row.inserted).length;
    return {
      inserted,
      updated: changed.length - inserted,
      undecided: changed.filter((row) => row.coin_id === null).map((row) => row.listing_id),
      touchedCoins: new Set(changed.flatMap((row) => row.coin_id ?? [])),
      newListings: inserted,
      dataAsOf,
    };
  }

  private async loadContracts(manager: EntityManager, claim: Claim, read: ReadPage): Promise<Loaded> {
    const rows = read.contracts
      .flatMap((record) =>
        record.contracts.map(({ chain, address }) => ({
          source_coin_id: record.sourceCoinId,
          chain,
          address,
          chain_key: normaliseChain(chain),
          address_key: normaliseAddress(chain, address),
        })),
      )
      // What names no chain or no contract is no evidence.
      .filter((row) => row.chain_key !== '' && row.address_key !== '');
    const added: { source_coin_id: string; known: boolean }[] = await manager.query(sql.LOAD_CONTRACTS, [
      JSON.stringify(rows),
      claim.source,
    ]);
    const known = new Map(added.map((row) => [row.source_coin_id, row.known]));
    // A record counts once, however many addresses it brings; a second record of the same asset changes it.
    const first = new Set<string>();
    let inserted = 0;
    let updated = 0;
    for (const { sourceCoinId } of read.contracts) {
      const wasKnown = known.get(sourceCoinId);
      if (wasKnown === undefined) continue;
      if (wasKnown || first.has(sourceCoinId)) updated += 1;
      else inserted += 1;
      first.add(sourceCoinId);
    }
    const listings: { listing_id: string }[] =
      known.size === 0 ? [] : await manager.query(sql.LISTINGS_WITH_IDS, [claim.source, [...known.keys()]]);
    return {
      inserted,
      updated,
      undecided: listings.map((row) => row.listing_id),
      touchedCoins: new Set(),
      newListings: 0,
      dataAsOf: null,
    };
  }

  private async quarantine(
    manager: EntityManager,
    claim: Claim,
    page: FetchedPage,
    rawPageId: string,
    read: ReadPage,
  ): Promise<void> {
    if (read.refused.length === 0) return;
    const rows = read.refused.map((refused) => ({
      reason: refused.reason,
      message: refused.message.toWellFormed().replaceAll('\0', '\uFFFD'),
      record: refused.record.toString('base64'),
    }));
    await manager.query(sql.QUARANTINE, [
      JSON.stringify(rows),
      claim.source,
      page.feed,
      claim.runId,
      rawPageId,
    ]);
  }
}
