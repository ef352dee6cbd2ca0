import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Answer } from '../common/answer.js';
import { JsonText } from '../common/exact-json.js';
import { pageMetadata, pagingOf } from '../common/paging.js';
import { checkSource } from '../common/source-parameter.js';
import { Settings } from '../config/settings.js';
import type { DoubtsQuery } from './doubt.dto.js';
import { ambiguousListings, suspectListings } from './doubts.queries.js';
import type { DoubtStatements } from './doubts.queries.js';

const PIN = 'POST /identity/links {source, source_coin_id, coin_id}';
const SPLIT = 'DELETE /identity/links?source=&source_coin_id=';
const OF_AMBIGUOUS = `It is a candidate: ${PIN}, with the candidate's coin_id. It is none of them: ${SPLIT}, which keeps it apart from them.`;
const OF_SUSPECT = `It is this coin all the same: ${PIN}, with its present coin_id. It is another coin: ${PIN}, with that one's. It is none there is: ${SPLIT}.`;

/** What the matcher could not decide, or decided and now sees contradicted: what wants a person. */
@Injectable()
export class Doubts {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  ambiguous(query: DoubtsQuery): Promise<Answer> {
    return this.list(query, ambiguousListings, OF_AMBIGUOUS);
  }

  suspect(query: DoubtsQuery): Promise<Answer> {
    return this.list(query, suspectListings, OF_SUSPECT);
  }

  private async list(
    query: DoubtsQuery,
    statements: (ofSource: boolean) => DoubtStatements,
    whatToDo: string,
  ): Promise<Answer> {
    checkSource(query.source, this.settings);
    const paging = pagingOf(query);
    const filter = query.source === undefined ? [] : [query.source];
    const { page, count } = statements(query.source !== undefined);
    const pages: { rows: string }[] = await this.dataSource.query(page, [
      ...filter,
      paging.limit,
      paging.offset,
    ]);
    const counts: { total: number }[] = await this.dataSource.query(count, filter);
    return new Answer(new JsonText(pages[0]?.rows ?? '[]'), {
      ...pageMetadata(paging, counts[0]?.total ?? 0),
      what_to_do: whatToDo,
    });
  }
}
