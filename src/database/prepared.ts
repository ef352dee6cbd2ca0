import { createHash } from 'node:crypto';
import type { QueryResult } from 'pg';
import type { EntityManager } from 'typeorm';
import { connectionOf, failureOf } from './own-connection.js';

const names = new Map<string, string>();

/** A statement's name on every connection: one for each text. */
export function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `mintmark_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  names.set(text, name);
  return name;
}

/**
 * Asks in the manager's transaction what is asked with every page: each connection reads the text once, and plans it
 * once where one plan does. Only for statements that have but one good plan, whatever is asked: what they look for they
 * look up row by row, by an index that fits all of their condition. Where the tables may be nearly empty, plans must not
 * be kept meanwhile (see `ONE_AT_A_TIME`).
 */
export async function askPrepared<Row>(
  manager: EntityManager,
  text: string,
  parameters: readonly unknown[],
): Promise<Row[]> {
  const connection = await connectionOf(manager);
  try {
    const { rows } = (await connection.query({
      name: nameOf(text),
      text,
      values: parameters,
    })) as QueryResult;
    return rows as Row[];
  } catch (error) {
    throw failureOf(text, parameters, error);
  }
}
