import { setImmediate as turn } from 'node:timers/promises';
import { pipelined } from './pipelined.js';

describe('steps of a transaction', () => {
  const log: string[] = [];
  const step =
    (name: string, turns: number, fails = false) =>
    async (): Promise<string> => {
      log.push(`begin ${name}`);
      for (let left = turns; left > 0; left--) await turn();
      log.push(`end ${name}`);
      if (fails) throw new Error(name);
      return name;
    };

  beforeEach(() => log.splice(0));

  it('begin one after the other and go on together', async () => {
    expect(await pipelined(step('a', 5), step('b', 1), step('c', 1))).toEqual(['a', 'b', 'c']);
    expect(log.slice(0, 2)).toEqual(['begin a', 'begin b']);
    expect(log.at(-1)).toBe('end a');
  });

  it('are all over before the first failure is thrown', async () => {
    const work = pipelined(step('a', 20), step('b', 3, true), step('c', 10, true));
    await expect(work).rejects.toThrow('b');
    expect(log).toEqual(expect.arrayContaining(['end a', 'end b']));
    expect(log.filter((line) => line.startsWith('begin'))).toHaveLength(
      log.filter((line) => line.startsWith('end')).length,
    );
  });

  it('aren’t begun any more once one has failed', async () => {
    await expect(pipelined(step('a', 0, true), step('b', 0), step('c', 0))).rejects.toThrow('a');
    expect(log).toEqual(['begin a', 'end a']);
  });

  it('fail as the first in time did, also when that is thrown before anything was asked', async () => {
    await expect(pipelined(step('a', 9, true), step('b', 1, true))).rejects.toThrow('b');
    const atOnce = (): Promise<void> => {
      throw new Error('at once');
    };
    await expect(pipelined(step('slow', 5), atOnce)).rejects.toThrow('at once');
    expect(log.at(-1)).toBe('end slow');
  });

  it('fail for what failed, not for what was refused because of it, however soon that is said', async () => {
    const refused = async (): Promise<void> => {
      await turn();
      throw Object.assign(new Error('current transaction is aborted'), { code: '25P02' });
    };
    await expect(pipelined(step('full', 9, true), refused)).rejects.toThrow('full');
    await expect(pipelined(step('well', 9), refused)).rejects.toThrow('aborted');
  });

  it('may be none', async () => {
    expect(await pipelined()).toEqual([]);
  });
});
