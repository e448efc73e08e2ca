import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What npm starts on its way to a script, and npm itself. */
const IS_NPM = /^(\S*\/)?npm\b|\bnpm-cli\.js\b/;
const IS_SHELL = /^(\S*\/)?(sh|dash|bash) -c /;

interface Ancestor {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The ids of the processes between this one and the outermost npm that it owes its start to; none without npm. */
export function npmAncestors(): readonly number[] {
  const ancestors: Ancestor[] = [];
  if (process.env['npm_lifecycle_event'] === undefined) return [];
  for (let next = look(process.ppid); next !== undefined; next = look(next.parent)) {
    if (!IS_NPM.test(next.command) && !IS_SHELL.test(next.command)) break;
    ancestors.push(next);
  }
  const outermost = ancestors.findLastIndex(({ command }) => IS_NPM.test(command));
  return ancestors.slice(0, outermost + 1).map(({ pid }) => pid);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Asks `/proc`, and `ps` where there is none; knows nothing on systems with neither. */
function look(pid: number): Ancestor | undefined {
  if (pid <= 1) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(parent), command };
  } catch {
    return lookByPs(pid);
  }
}

function lookByPs(pid: number): Ancestor | undefined {
  try {
    const answer = execFileSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
    const [, parent, command = ''] = /^\s*(\d+)\s+(.*)/.exec(answer) ?? [];
    return parent === undefined ? undefined : { pid, parent: Number(parent), command };
  } catch {
    return undefined;
  }
}
