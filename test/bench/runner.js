import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOMY = ['--expose-gc', '--max-semi-space-size=512', '--min-semi-space-size=512'];

/** A process that answers each message with one. */
export class Runner {
  #waiting;
  #process;

  /** @param job what the script finds, as JSON, in its first argument */
  constructor(script, job, { execArgv = [], env = {} } = {}) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    this.job = job;
    this.ready = this.#answer();
    this.#process = fork(path, [JSON.stringify(job)], { execArgv, env: { ...process.env, ...env } });
    this.#process.on('message', (message) => this.#waiting.resolve(message));
    this.#process.on('error', (error) => this.#waiting.reject(error));
    this.#process.on('exit', (code) => this.#waiting.reject(new Error(`ended with ${code}: ${JSON.stringify(job)}`)));
  }

  /** One that makes batches of calls. */
  static ofCalls(job) {
    return new Runner('child.js', job, { execArgv: job.mode === 'bytes' ? ROOMY : [] });
  }

  ask(message) {
    const answer = this.#answer();
    this.#process.send(message);
    return answer;
  }

  /** What a batch of so many calls costs, each. */
  async batch(size) {
    return (await this.ask({ size })).figure;
  }

  end() {
    if (this.#process.connected) this.#process.disconnect();
    this.#process.kill();
  }

  #answer() {
    const answer = new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
    answer.catch(() => undefined); // whoever waits hears of it
    return answer;
  }
}

/** Those whose subject has such a call, once they are ready. */
export async function started(runners) {
  const present = [];
  for (const runner of runners) if (!(await runner.ready).missing) present.push(runner);
  return present;
}
