// Looks once at one subject, in a process of its own, and answers with what it has found.
import { subjectOf } from './subjects/index.js';

const { probe, subject, ...more } = JSON.parse(process.argv[2]);
const { look } = await import(`./probes/${probe}.js`);
const alive = setInterval(() => {}, 60_000); // the timers of some subjects keep no process alive
const found = await look(await subjectOf(subject), more);
process.send(found ?? { missing: true });
clearInterval(alive);
