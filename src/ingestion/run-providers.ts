import { Checkpoints } from './checkpoints.js';
import { CoinDecisions } from './coin-decisions.js';
import { Faults } from './faults.js';
import { ListingIds } from './listing-ids.js';
import { PageContent } from './page-content.js';
import { PageWriter } from './page-writer.js';
import { RunLog } from './run-log.js';
import { Runner } from './runner.js';
import type { SourceAdapter } from './source-adapter.js';
import { SourceClient } from './source-client.js';
import { SOURCE_ADAPTERS, SourceRegistry, SOURCES } from './source-registry.js';

/** What carries out runs, wherever that is. Needs HttpModule, CoinWriterModule, and somebody who hears `RunEvents`. */
export const RUN_PROVIDERS = [
  ...Object.values(SOURCES),
  {
    provide: SOURCE_ADAPTERS,
    useFactory: (...adapters: SourceAdapter[]) => adapters,
    inject: Object.values(SOURCES),
  },
  SourceRegistry,
  SourceClient,
  Checkpoints,
  Faults,
  CoinDecisions,
  { provide: ListingIds, useValue: new ListingIds() },
  PageContent,
  PageWriter,
  RunLog,
  Runner,
];
