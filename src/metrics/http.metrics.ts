import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';
import { Counter, Histogram, register } from 'prom-client';
import { Exchanges } from '../common/exchanges.js';

const NAME = 'http_request_duration_seconds';
const LIMITED = 'http_requests_limited_total';
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const;

/** How long requests took, by route template and class of status; every series stands at 0 from the start. */
@Injectable()
export class HttpMetrics implements OnApplicationBootstrap {
  private readonly seconds =
    (register.getSingleMetric(NAME) as Histogram<'method' | 'route' | 'status'> | undefined) ??
    new Histogram({
      name: NAME,
      help: 'Time requests took, by route template and class of status.',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    });

  private readonly limited =
    (register.getSingleMetric(LIMITED) as Counter | undefined) ??
    new Counter({ name: LIMITED, help: 'Requests refused because their client had made too many (429).' });

  constructor(
    private readonly host: HttpAdapterHost,
    exchanges: Exchanges,
  ) {
    exchanges.onEnd(({ req, res, route, latencyMs }) => {
      if (res.statusCode === 429) this.limited.inc();
      const status = `${Math.floor(res.statusCode / 100)}xx`;
      this.seconds.observe({ method: methodOf(req.method), route, status }, latencyMs / 1000);
    });
  }

  onApplicationBootstrap(): void {
    const express = this.host.httpAdapter.getInstance<Express>();
    for (const { route } of express.router.stack) {
      if (!route || route.path.includes('*')) continue;
      const template = route.path.replace(/:(\w+)/g, '{$1}');
      for (const { method } of route.stack)
        for (const status of CLASSES)
          this.seconds.zero({ method: method.toUpperCase(), route: template, status });
    }
  }
}

/** A client can invent methods; labels must not. */
function methodOf(method = ''): string {
  return METHODS.has(method) ? method : 'OTHER';
}
