// The shop as a process of its own. It knows its upstreams by PAYMENTS_URL, INVENTORY_URL and QUOTES_URL, nothing else.
import 'reflect-metadata';

import type { AddressInfo } from 'node:net';

import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PolicyRegistry } from 'nest-circuit-breaker';

import { fail, holdLifeline, report } from './processes/lifeline.js';
import { choosePort, LOOPBACK } from './processes/port.js';
import { chronicle } from './shop/chronicle.js';
import { ShopModule } from './shop/shop.module.js';
import { wantsColour } from './terminal/paint.js';

async function open(): Promise<void> {
  const { port } = choosePort('PORT', 3000);
  const logger = new ConsoleLogger({
    prefix: 'shop',
    colors: wantsColour(process.stdout),
    logLevels: ['fatal', 'error', 'warn'],
  });
  const app = await NestFactory.create<NestExpressApplication>(ShopModule, { logger, abortOnError: false });
  // for people who read the answers in a terminal
  app.set('json spaces', 2).set('etag', false).disable('x-powered-by');
  app.enableShutdownHooks();
  await app.listen(port, LOOPBACK);
  chronicle(app.get(PolicyRegistry), 'payments', (move) => report({ type: 'moved', move }));
  // from here on the log is about breakers; how Nest put the modules together is of no interest
  logger.setLogLevels(process.env['QUIET'] === 'true' ? ['fatal'] : ['fatal', 'error', 'warn', 'log']);
  report({ type: 'listening', port: (app.getHttpServer().address() as AddressInfo).port });
}

holdLifeline();
open().catch(fail);
