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
    expect([hit('a'), hit('a'), hit('a'), hit('b')].map(({ isBlocked }) => isBlocked)).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  it('begin with a client’s first request and end a minute later, whatever it does meanwhile', () => {
    expect(hit()).toEqual({ totalHits: 1, timeToExpire: 60, isBlocked: false, timeToBlockExpire: 60 });
    now += 59_001;
    expect(hit().timeToExpire).toBe(1);
    expect(hit()).toMatchObject({ totalHits: 3, isBlocked: true, timeToBlockExpire: 1 });
    now += 998;
    expect(hit().isBlocked).toBe(true);
    now += 1;
    expect(hit()).toMatchObject({ totalHits: 1, timeToExpire: 60, isBlocked: false });
  });

  it('tell whether one more would be too many, without counting', () => {
    const spent = (): boolean => windows.isSpent('a', 2);
    expect([spent(), hit().totalHits, spent(), hit().totalHits, spent(), spent()]).toEqual([
      false,
      1,
      false,
      2,
      true,
      true,
    ]);
    now += 60_000;
    expect([spent(), hit().totalHits]).toEqual([false, 1]);
  });

  it('are the same to the throttler', async () => {
    hit();
    expect(await windows.increment('a', 60_000, 2)).toMatchObject({ totalHits: 2, isBlocked: false });
  });

  it('forget those that came back least lately, never who asks without a pause', () => {
    for (let client = 0; client < 200_000; client++) {
      hit(`client ${client}`);
      if (client % 1_000 === 0) hit('busy');
    }
    expect(hit('busy').totalHits).toBe(201);
    expect(hit('client 1').totalHits).toBe(1);
  });
});
