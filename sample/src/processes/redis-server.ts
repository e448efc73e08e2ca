import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

import { LOOPBACK } from './port.js';

/** Ends the server when its own input ends: that is when whoever started it ends, however that happens. */
const LIFELINE = 'trap "" INT; redis-server "$@" & server=$!; read -r _; kill "$server"; wait "$server"';

/** A Redis of our own on a free port of the loopback interface, that keeps nothing. */
export class RedisServer {
  private shell: ChildProcess | undefined;
  private port = 0;

  static get isInstalled(): boolean {
    return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
  }

  get url(): string {
    return `redis://${LOOPBACK}:${this.port}`;
  }

  async start(): Promise<void> {
    this.port = await freePort();
    const place = ['--port', String(this.port), '--bind', LOOPBACK, '--dir', tmpdir()];
    const flags = [...place, '--save', '', '--appendonly', 'no', '--daemonize', 'no'];
    this.shell = spawn('sh', ['-c', LIFELINE, 'sh', ...flags], { stdio: ['pipe', 'ignore', 'ignore'] });
    for (let attempt = 0; attempt < 200; attempt += 1) {
      if ((await this.ask('PING')).startsWith('+PONG')) return;
      await pause(25);
    }
    throw new Error('redis-server did not start.');
  }

  /** How many scripts it has run, for everybody together. */
  async scriptsRun(): Promise<number> {
    const stats = await this.ask('INFO commandstats');
    const counts = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].map(([, calls]) => Number(calls));
    return counts.reduce((sum, each) => sum + each, 0);
  }

  async stop(): Promise<void> {
    const { shell } = this;
    if (shell === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
    const ended = once(shell, 'exit');
    shell.stdin?.end();
    await ended;
  }

  /** Its answer to a command; empty where there is none. */
  private ask(command: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(this.port, LOOPBACK, () => socket.write(`${command}\r\n`));
      socket.setEncoding('utf8').setTimeout(1_000);
      const end = (answer: string): void => {
        socket.destroy();
        resolve(answer);
      };
      let answer = '';
      socket.on('data', (text) => {
        answer += String(text);
        const [header, length] = /^\$(\d+)\r\n/.exec(answer) ?? ['', '0'];
        if (answer.length >= header.length + Number(length)) end(answer);
      });
      socket.once('timeout', () => end(''));
      socket.once('error', () => end(''));
    });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
