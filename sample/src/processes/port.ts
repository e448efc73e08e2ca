/** The only address anything here listens on. */
export const LOOPBACK = '127.0.0.1';

export const urlOf = (port: number): string => `http://${LOOPBACK}:${port}`;

/** A port and the environment variable that chooses it. */
export interface PortChoice {
  readonly variable: string;
  readonly port: number;
}

/**
 * Reads a port from the environment; 0 stands for any free one.
 * @throws Error where the variable holds something else than a port
 */
export function choosePort(variable: string, fallback: number, env: NodeJS.ProcessEnv = process.env): PortChoice {
  const text = env[variable]?.trim();
  if (text === undefined || text === '') return { variable, port: fallback };
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw new Error(`${variable}: expected a port from 0 to 65535, got "${text}".`);
  return { variable, port };
}

/** Why nothing can listen on a port, in words that end with what to do. */
export function explainPort(code: string, message: string, name: string, { variable, port }: PortChoice): string {
  const other = port < 50_000 ? port + 10_000 : port - 10_000;
  if (code === 'EADDRINUSE') {
    return `Port ${port} (${name}) is taken by another program. Stop that one, or choose another port: ${variable}=${other} npm start`;
  }
  if (code === 'EACCES')
    return `Port ${port} (${name}) is not yours to use. Choose another one: ${variable}=${other} npm start`;
  return `${name} could not start: ${message}`;
}
