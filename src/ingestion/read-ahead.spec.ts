import { readAhead } from './read-ahead.js';

describe('reading ahead', () => {
  const log: string[] = [];
  const items = async function* (...names: string[]): AsyncGenerator<string> {
    try {
      for (const name of names) {
        await Promise.resolve();
        if (name.startsWith('bad')) throw new Error(name);
        yield name;
      }
    } finally {
      log.push('closed');
    }
  };
  const prepare = (item: string): Promise<string> => {
    log.push(`ready ${item}`);
    return item.startsWith('ugly') ? Promise.reject(new Error(item)) : Promise.resolve(item.toUpperCase());
  };
  const abandon = (): void => void log.push('abandoned');
  const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const use = async (...names: string[]): Promise<void> => {
    for await (const { ready: item, goOn } of readAhead(items(...names), prepare, abandon)) {
      log.push(`begin ${item}`);
      if (!item.startsWith('ALONE')) goOn();
      await soon();
      if (item === 'STOP') throw new Error('stopped');
      log.push(`end ${item}`);
    }
  };

  beforeEach(() => log.splice(0));

  it('makes one item ready while the one before is in use, and never more', async () => {
    await use('a', 'b', 'c');
    expect(log).toEqual([
      ...[
        'ready a',
        'begin A',
        'ready b',
        'end A',
        'begin B',
        'ready c',
        'end B',
        'begin C',
        'closed',
        'end C',
      ],
      'abandoned',
    ]);
  });

  it('leaves the next alone until it may go on, or is asked for', async () => {
    await use('alone', 'b');
    expect(log.slice(0, 5)).toEqual(['ready alone', 'begin ALONE', 'end ALONE', 'ready b', 'begin B']);
  });

  it.each(['bad', 'ugly'])(
    'lets what is %s fail in its turn, after the use of what was before',
    async (name) => {
      await expect(use('a', name, 'c')).rejects.toThrow(name);
      expect(log).toContain('end A');
      expect(log).not.toContain('ready c');
      expect(log.filter((line) => line === 'closed')).toHaveLength(1);
    },
  );

  it('ends what is under way when its user stops, and closes the source', async () => {
    await expect(use('stop', 'b', 'c')).rejects.toThrow('stopped');
    expect(log).toEqual(['ready stop', 'begin STOP', 'ready b', 'abandoned', 'closed']);
  });
});
