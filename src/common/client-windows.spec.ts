import { ClientWindows } from './client-windows.js';

describe('the windows of clients', () => {
  let now = 0;
  let windows: ClientWindows;
  beforeEach(() => {
    now = 1_000;
    windows = new ClientWindows(() => now);
  });
  const hit = (client = 'a'): ReturnType<ClientWindows['hit']> => windows.hit(client, 60_000, 2);

  it('count each client apart', () => {
    expect([hit('a'), hit('a'), hit('a'), hit('b')].map(({ isTooMany }) => isTooMany)).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  it('begin with a client’s first request and end a minute later, whatever it does meanwhile', () => {
    expect(hit()).toEqual({ hits: 1, seconds: 60, isTooMany: false });
    now += 59_001;
    expect(hit().seconds).toBe(1);
    expect(hit()).toMatchObject({ hits: 3, isTooMany: true, seconds: 1 });
    now += 998;
    expect(hit().isTooMany).toBe(true);
    now += 1;
    expect(hit()).toMatchObject({ hits: 1, seconds: 60, isTooMany: false });
  });

  it('tell whether one more would be too many, without counting', () => {
    const spent = (): boolean => windows.isSpent('a', 2);
    expect([spent(), hit().hits, spent(), hit().hits, spent(), spent()]).toEqual([
      false,
      1,
      false,
      2,
      true,
      true,
    ]);
    now += 60_000;
    expect([spent(), hit().hits]).toEqual([false, 1]);
  });

  it('forget those that came back least lately, never who asks without a pause', () => {
    for (let client = 0; client < 200_000; client++) {
      hit(`client ${client}`);
      if (client % 1_000 === 0) hit('busy');
    }
    expect(hit('busy').hits).toBe(201);
    expect(hit('client 1').hits).toBe(1);
  });
});
