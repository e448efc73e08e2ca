// Runs one scenario against one library: node child.js <adapter> <index of the scenario>
import { scenarios } from './scenarios.js';

const [, , adapter, index] = process.argv;
const library = await import(`./adapters/${adapter}.js`);
const scenario = scenarios[Number(index)];
const tell = (verdict) => process.send?.(verdict);

process.on('uncaughtException', (error) => {
  tell({ holds: false, found: `it crashed the process: ${String(error?.message ?? error).slice(0, 80)}` });
  process.exit(1);
});
if (scenario.rule !== 79 && scenario.rule !== 45) process.on('unhandledRejection', () => {});

try {
  await scenario.run(library);
  tell({ holds: true });
} catch (error) {
  tell({ holds: false, found: String(error?.message ?? error).slice(0, 80) });
}
if (scenario.isExitProbe) process.disconnect?.();
else process.exit(0);
