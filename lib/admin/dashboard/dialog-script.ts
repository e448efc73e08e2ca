/** Changes are asked back once, with room for a reason and an end. */
export const DIALOG_SCRIPT = String.raw`
import { write } from './format.js';

export const ACTIONS = {
  isolate: {
    label: 'Isolate', hasEnd: true, fits: (state) => state !== 'isolated',
    text: 'Every call is refused at once, whether or not the service is well. When the time is up, the next call is a probe.',
  },
  close: {
    label: 'Close', fits: (state) => state !== 'closed',
    text: 'Calls pass again and are judged afresh. If the service is still ill, the circuit opens again by itself.',
  },
  disable: {
    label: 'Disable', hasEnd: true, fits: (state) => state !== 'disabled',
    text: 'Every call passes and none is counted: nothing protects the service, or the callers, any more.',
  },
  'metrics-only': {
    label: 'Metrics only', hasEnd: true, fits: (state) => state !== 'metrics_only',
    text: 'Every call passes and is counted, and the circuit never opens.',
  },
  reset: {
    label: 'Reset', fits: () => true,
    text: 'The circuit closes, and its window and totals start from nothing.',
  },
};

const at = (id) => document.getElementById(id);

/** Asks, and does what was confirmed. */
export function steering(api) {
  const dialog = at('dialog');
  let asked;

  async function confirm() {
    const { action, name } = asked;
    const body = { reason: at('dialog-reason').value.trim() };
    if (ACTIONS[action].hasEnd && at('dialog-for').value) body.for = at('dialog-for').value;
    at('dialog-confirm').disabled = true;
    write(at('dialog-fault'), '');
    try {
      const answer = await fetch(new URL(encodeURIComponent(name) + '/' + action, api), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-circuit-breaker-admin': '1' },
        body: JSON.stringify(body),
      });
      if (answer.ok) dialog.close();
      else write(at('dialog-fault'), await faultOf(answer));
    } catch {
      write(at('dialog-fault'), 'The server did not answer. Nothing is known to have changed.');
    } finally {
      at('dialog-confirm').disabled = false;
    }
  }

  at('dialog-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void confirm();
  });
  at('dialog-cancel').addEventListener('click', () => dialog.close());

  return (action, name) => {
    const { label, text, hasEnd } = ACTIONS[action];
    asked = { action, name };
    write(at('dialog-title'), label + ' ' + name + '?');
    write(at('dialog-text'), text);
    write(at('dialog-fault'), '');
    write(at('dialog-confirm'), label);
    at('dialog-confirm').dataset.action = action;
    at('dialog-expiry').hidden = !hasEnd;
    at('dialog-form').reset();
    dialog.showModal();
    at('dialog-reason').focus();
  };
}

async function faultOf(answer) {
  if (answer.status === 401 || answer.status === 403) return 'You are not allowed to do that (' + answer.status + ').';
  const { message } = await answer.json().catch(() => ({}));
  return [message].flat().filter(Boolean).join('; ') || 'The server answered ' + answer.status + '.';
}
`;
