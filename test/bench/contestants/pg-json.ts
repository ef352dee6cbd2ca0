import { createServer } from 'node:http';
import { Pool } from 'pg';
import { dataPage } from '../../../src/coins/data.queries.js';
import type { DataQuery } from '../../../src/coins/data.query.js';
import { JSON_TYPE, listen } from './listen.js';

/*
 * What a page costs at least that is in no cache: Mintmark's own query, which gives JSON, prepared, issued by `pg`
 * with a pool of the same size, and passed on. Nothing is validated, logged, counted or kept.
 */

interface Row {
  readonly rows: string;
  readonly total: string;
  readonly data_as_of: string;
}

const names = new Map<string, string>();

/** Of a prepared statement: one a text, of which there are few. */
function nameOf(text: string): string {
  const name = names.get(text) ?? `page_${names.size}`;
  names.set(text, name);
  return name;
}

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

listen(
  createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://contestant');
    const limit = Number(searchParams.get('limit') ?? 50);
    const page = Number(searchParams.get('page') ?? 1);
    // Only what the bench asks for, in the spelling it uses.
    const query = {
      page,
      limit,
      sort: searchParams.get('sort') ?? 'rank',
      order: searchParams.get('order') ?? undefined,
      ids: searchParams.get('ids')?.split(','),
    } as DataQuery;
    const { text, parameters } = dataPage(query, { limit, offset: (page - 1) * limit });
    pool.query<Row>({ name: nameOf(text), text, values: [...parameters] }).then(
      ({ rows: [row] }) => {
        const total = Number(row?.total);
        const body = Buffer.from(
          `{"data":${row?.rows ?? '[]'},"metadata":{"page":${page},"limit":${limit},"total_count":${total},"total_pages":${Math.ceil(total / limit)},"data_as_of":"${row?.data_as_of ?? ''}"}}`,
        );
        response.writeHead(200, { 'Content-Type': JSON_TYPE, 'Content-Length': body.length });
        response.end(body);
      },
      (error: unknown) => {
        response.writeHead(500, { 'Content-Length': 0 });
        response.end();
        process.stderr.write(`${String(error)}\n`);
      },
    );
  }),
);
