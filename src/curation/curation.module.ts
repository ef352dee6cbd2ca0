import { Module } from '@nestjs/common';
import { CoinWriterModule } from '../coins/coin-writer.module.js';
import { CrosswalkChanges } from './crosswalk-changes.js';
import { CurationController } from './curation.controller.js';
import { DecisionSteps } from './decision-steps.js';
import { Decisions } from './decisions.js';
import { Doubts } from './doubts.js';
import { IdentityLock } from './identity-lock.js';
import { ListingMoves } from './listing-moves.js';

@Module({
  imports: [CoinWriterModule],
  controllers: [CurationController],
  providers: [CrosswalkChanges, Decisions, DecisionSteps, Doubts, IdentityLock, ListingMoves],
})
export class CurationModule {}
