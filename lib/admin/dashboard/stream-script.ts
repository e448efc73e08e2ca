/** The connection: it comes back by itself, and says when what is shown is old. */
export const STREAM_SCRIPT = String.raw`
const EVENTS = ['snapshot', 'update', 'heartbeat'];
/** Heartbeats come every five seconds. */
const STALE = 12_000;
const LOST = 30_000;

export function listen(url, onEvent, onLink) {
  let source;
  let heard = performance.now();
  let retry;
  let isBroken = false;

  function open() {
    clearTimeout(retry);
    source?.close();
    const own = new EventSource(url);
    source = own;
    for (const type of EVENTS) {
      own.addEventListener(type, (event) => {
        heard = performance.now();
        isBroken = false;
        onEvent(type, JSON.parse(event.data));
        onLink('live', 0);
      });
    }
    own.addEventListener('error', () => {
      isBroken = true;
      onLink('lost', performance.now() - heard);
      // the browser gives up after an answer that is no stream
      if (own.readyState === EventSource.CLOSED) retry = setTimeout(open, 1_500 + 1_500 * Math.random());
    });
  }

  setInterval(() => {
    const silence = performance.now() - heard;
    if (isBroken) onLink('lost', silence);
    else if (silence > STALE) onLink('stale', silence);
    if (silence > LOST && source.readyState === EventSource.OPEN) {
      heard = performance.now() - STALE;
      open();
    }
  }, 1_000);

  open();
}
`;
