import { Module } from '@nestjs/common';
import { CoinWriter } from './coin-writer.js';

/** The write door of coins, without what reads them. */
@Module({ providers: [CoinWriter], exports: [CoinWriter] })
export class CoinWriterModule {}
