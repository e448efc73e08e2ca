/** How a call ended, in a few words. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    const answer = await call;
    return typeof answer === 'string' ? answer : JSON.stringify(answer);
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
}
