import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import type { SourceAdapter } from './source-adapter.js';
import { CoinGeckoSource } from './sources/coingecko.source.js';
import { CoinPaprikaSource } from './sources/coinpaprika.source.js';
import { CsvSource } from './sources/csv.source.js';

/** Each under the name its adapter writes into every `source` column: another one doesn't compile. */
type ByName<Sources> = {
  readonly [name in keyof Sources]: new (settings: Settings) => SourceAdapter & { readonly source: name };
};
const byName = <Sources extends ByName<Sources>>(sources: Sources): Sources => sources;

/** Every source there is, by its name. A new one is a line here. */
export const SOURCES = byName({
  coinpaprika: CoinPaprikaSource,
  coingecko: CoinGeckoSource,
  csv: CsvSource,
});

/** Injection token of the adapters, in the order above. */
export const SOURCE_ADAPTERS = Symbol('source adapters');

/** The adapters of the sources that the settings name. */
@Injectable()
export class SourceRegistry {
  private readonly adapters: ReadonlyMap<string, SourceAdapter>;

  constructor(@Inject(SOURCE_ADAPTERS) adapters: readonly SourceAdapter[]) {
    this.adapters = new Map(adapters.map((adapter) => [adapter.source, adapter]));
  }

  adapter(source: string): SourceAdapter {
    const adapter = this.adapters.get(source);
    if (!adapter) throw new Error(`no adapter for ${source}`);
    return adapter;
  }
}
