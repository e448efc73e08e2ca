// Scenarios of calls: one call against the bare one and the peers', or against the same call under a lighter load.
import { Runner, started } from './runner.js';
import { median, ratio, rounds } from './rounds.js';
import { names, peers } from './subjects/index.js';

export async function measureCalls({ title, call, mode, load, times, best, limit, without = [] }, pace) {
  const unit = mode === 'bytes' ? 'B' : 'ns';
  const runners = await started(
    names.filter((name) => !without.includes(name)).map((subject) => Runner.ofCalls({ subject, call, mode, load })),
  );
  const bySubject = await figuresOf(runners, {
    ...pace,
    ...(mode === 'bytes' ? { count: 5, warmUp: 1, size: 5_000 } : {}),
    ...(mode === 'at once' ? { grain: load } : {}),
  });
  const cells = {};
  const figuresBy = Object.fromEntries([...bySubject].map(([{ job }, figures]) => [job.subject, figures]));
  for (const [subject, figures] of Object.entries(figuresBy)) {
    cells[subject] = { value: median(figures), times: ratio(figures, figuresBy.bare) };
  }
  const toPeers = peers.filter((peer) => peer in figuresBy).map((peer) => ratio(figuresBy.ours, figuresBy[peer]));
  const toBest = toPeers.length === 0 ? undefined : Math.max(...toPeers);
  const targets = [
    { words: '× bare', value: cells.ours.times, limit: times },
    { words: '× the best of the others', value: toBest, limit: best },
    { words: 'B', value: cells.ours.value, limit },
  ].filter((target) => target.limit !== undefined && target.value !== undefined);
  return [{ title, unit, cells, toBest, targets }];
}

/** A row a load; a figure's multiple is of the same subject's under the first of the loads. */
export async function measureGrowth({ title, call, mode, loads, subjects, fresh, grain, limit, limitAt }, pace) {
  const jobs = subjects.flatMap((subject) =>
    loads.map((load, i) => ({ subject, call, mode, load, fresh: fresh === true && i === 0 })),
  );
  const runners = await started(jobs.map((job) => Runner.ofCalls(job)));
  const byRunner = await figuresOf(runners, { ...pace, ...(grain === undefined ? {} : { grain }) });
  const figuresAt = (subject, load) =>
    byRunner.get(runners.find(({ job }) => job.subject === subject && job.load === load));
  return loads.map((load, i) => {
    const cells = {};
    for (const subject of subjects) {
      const figures = figuresAt(subject, load);
      if (figures === undefined) continue;
      const base = figuresAt(subject, loads[0]);
      cells[subject] = { value: median(figures), ...(i === 0 ? {} : { times: ratio(figures, base) }) };
    }
    const isHeld = limit !== undefined && i > 0 && load <= (limitAt ?? load);
    const targets = isHeld ? [{ words: `× that of ${title(loads[0])}`, value: cells.ours.times, limit }] : [];
    return { title: title(load), unit: 'ns', cells, targets };
  });
}

async function figuresOf(runners, pace) {
  try {
    const figures = await rounds(runners, pace);
    return new Map(runners.map((runner, i) => [runner, figures[i]]));
  } finally {
    for (const runner of runners) runner.end();
  }
}
