import { inPieces } from './in-pieces.js';

function* busy(stretches: number, ms: number): Generator<undefined, string> {
  for (let at = 0; at < stretches; at += 1) {
    const end = performance.now() + ms;
    while (performance.now() < end);
    yield undefined;
  }
  return 'done';
}

describe('long work in pieces', () => {
  it('comes to its result, and lets others have a turn before that', async () => {
    const log: string[] = [];
    const work = inPieces(busy(3, 2)).then((result) => log.push(result));
    setImmediate(() => log.push('another'));
    await work;
    expect(log).toEqual(['another', 'done']);
  });

  it('lets an error through', async () => {
    function* failing(): Generator<undefined, string> {
      yield undefined;
      throw new Error('no');
    }
    await expect(inPieces(failing())).rejects.toThrow('no');
  });
});
