import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { AdminOnly } from '../common/admin.guard.js';
import type { Answer } from '../common/answer.js';
import { CachedRead } from '../common/answer.interceptor.js';
import { ApiAnswer, ApiProblem } from '../common/api-answers.js';
import { PagingQuery } from '../common/paging.js';
import { requestId } from '../common/request-id.middleware.js';
import { DecisionParameters, DecisionRow, MergeBody, PinBody, SplitQuery } from './decision.dto.js';
import { Decisions } from './decisions.js';
import { AmbiguousListing, DoubtMetadata, DoubtsQuery, SuspectListing } from './doubt.dto.js';
import { Doubts } from './doubts.js';

@ApiTags('identity')
@Controller('identity')
export class CurationController {
  constructor(
    private readonly doubts: Doubts,
    private readonly decisions: Decisions,
  ) {}

  @Get('ambiguous')
  @CachedRead()
  @ApiOperation({
    summary: 'Listings that could be a coin of another source, newest doubt first',
    description:
      'Each stays a coin of its own until a person says which candidate it is (`POST /identity/links`) or that it is none (`DELETE /identity/links`).',
  })
  @ApiAnswer(AmbiguousListing, {
    list: true,
    metadata: DoubtMetadata,
    description: 'A page of listings with their candidates.',
  })
  ambiguous(@Query() query: DoubtsQuery): Promise<Answer> {
    return this.doubts.ambiguous(query);
  }

  @Get('suspect')
  @CachedRead()
  @ApiOperation({
    summary: 'Listings whose link is contradicted by what came later, newest link first',
    description:
      'A link is never taken back by itself. `POST /identity/links` with its present coin confirms it, with another coin moves it, `DELETE /identity/links` takes it out.',
  })
  @ApiAnswer(SuspectListing, {
    list: true,
    metadata: DoubtMetadata,
    description: 'A page of listings with what speaks against their link.',
  })
  suspect(@Query() query: DoubtsQuery): Promise<Answer> {
    return this.doubts.suspect(query);
  }

  @Post('links')
  @HttpCode(200)
  @AdminOnly()
  @ApiOperation({
    summary: 'Pin a listing to a coin',
    description:
      'It is that coin from now on, whatever its source says later; its history comes with it. The coin it leaves without a listing leads to the new one.',
  })
  @ApiAnswer(DecisionRow, { description: 'The decision, which `POST /identity/decisions/{id}/undo` undoes.' })
  @ApiProblem(404, 'There is no such listing, or no such coin.')
  @ApiProblem(409, 'It is pinned to this coin already.')
  pin(@Body() body: PinBody, @Req() request: Request): Promise<Answer> {
    return this.decisions.pin(body, requestId(request));
  }

  @Delete('links')
  @AdminOnly()
  @ApiOperation({
    summary: 'Split a listing off, or keep it apart from its candidates',
    description:
      'It leaves its coin for one of its own and is never linked again to those it was with. One that stands alone stays in its coin, and is in doubt no more: it is none of its candidates.',
  })
  @ApiAnswer(DecisionRow, { description: 'The decision, which `POST /identity/decisions/{id}/undo` undoes.' })
  @ApiProblem(404, 'There is no such listing.')
  @ApiProblem(409, 'It stands alone and is kept apart already.')
  split(@Query() query: SplitQuery, @Req() request: Request): Promise<Answer> {
    return this.decisions.split(query, requestId(request));
  }

  @Post('merge')
  @HttpCode(200)
  @AdminOnly()
  @ApiOperation({
    summary: 'Merge a coin into another',
    description: 'All listings of `from` are pinned to `into`; `/coins/{from}` goes on finding them.',
  })
  @ApiAnswer(DecisionRow, { description: 'The decision, which `POST /identity/decisions/{id}/undo` undoes.' })
  @ApiProblem(404, 'There is no such coin.')
  @ApiProblem(409, 'It was merged already.')
  merge(@Body() body: MergeBody, @Req() request: Request): Promise<Answer> {
    return this.decisions.merge(body, requestId(request));
  }

  @Get('decisions')
  @AdminOnly()
  @Header('Cache-Control', 'private, no-store')
  @ApiOperation({ summary: 'What persons decided, newest first, undone or not' })
  @ApiAnswer(DecisionRow, { list: true, description: 'A page of decisions.' })
  list(@Query() query: PagingQuery): Promise<Answer> {
    return this.decisions.list(query);
  }

  @Post('decisions/:decision_id/undo')
  @HttpCode(200)
  @AdminOnly()
  @ApiOperation({
    summary: 'Undo a decision',
    description:
      'Its listings’ links are again what they were before it, and so are the coins it emptied. A coin that it founded leads to the one its listing goes back to.',
  })
  @ApiAnswer(DecisionRow, { description: 'The decision, undone.' })
  @ApiProblem(404, 'There is no such decision.')
  @ApiProblem(409, 'It is undone already, or a later decision about the same listings must be undone first.')
  undo(@Param() { decision_id }: DecisionParameters, @Req() request: Request): Promise<Answer> {
    return this.decisions.undo(decision_id, requestId(request));
  }
}
