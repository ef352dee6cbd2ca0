import { stopTimers } from '../../test/support/stopped-timers.js';
import type { CoinWriter } from '../coins/coin-writer.js';
import { Settings } from '../config/settings.js';
import type { Checkpoints } from './checkpoints.js';
import { IngestionService } from './ingestion.service.js';
import type { Runs } from './runs.js';

beforeEach(() => {
  stopTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it('claims nothing for a person who was told that there are no runs yet', async () => {
  const claimed: string[] = [];
  const checkpoints = { claim: (source: string) => Promise.resolve(void claimed.push(source)) };
  let begun = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const service = new IngestionService(
    checkpoints as unknown as Checkpoints,
    { ready: () => ready } as unknown as Runs,
    {} as CoinWriter,
    new Settings(),
  );
  const asked = service.runNow(['csv']);
  const refused = expect(asked).rejects.toMatchObject({ message: expect.stringContaining('ask again soon') });
  await jest.runAllTimersAsync();
  await refused;
  begun();
  await ready;
  expect(claimed).toEqual([]);
});
