import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';

export type FaultPoint = 'fetch' | 'commit' | 'committed';

/** A failure that `FAULTS` asked for. */
class InjectedFault extends Error {
  constructor(point: FaultPoint, page: number) {
    super(`injected by FAULTS at ${point} of page ${page}`);
    this.name = 'InjectedFault';
  }
}

interface Fault {
  readonly source: string;
  readonly point: FaultPoint;
  readonly page: number;
  readonly how: 'throw' | 'kill';
}

/**
 * Failure injection for the chaos tests: `coingecko:commit:2:kill` kills the process when the second page this
 * process loads of CoinGecko is about to commit. Refused in production by the settings.
 */
@Injectable()
export class Faults {
  private readonly faults: readonly Fault[];
  private readonly counts = new Map<string, number>();

  constructor(settings: Settings) {
    this.faults = (settings.FAULTS ?? '')
      .split(',')
      .filter(Boolean)
      .map((fault) => {
        const [source = '', point, page, how] = fault.split(':');
        return { source, point: point as FaultPoint, page: Number(page), how: how as Fault['how'] };
      });
  }

  at(point: FaultPoint, source: string): void {
    if (this.faults.length === 0) return;
    const key = `${source}:${point}`;
    const page = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, page);
    for (const fault of this.faults) {
      if (fault.source !== source || fault.point !== point || fault.page !== page) continue;
      if (fault.how === 'kill') process.kill(process.pid, 'SIGKILL');
      throw new InjectedFault(point, page);
    }
  }
}
