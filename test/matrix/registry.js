// A registry on the loopback that has the packed library and sends npm elsewhere for all the rest: `nest add` takes names
// only. Run as a child with the tarball, its manifest and the upstream's address; tells its parent the port.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [tarball, text, upstream] = process.argv.slice(2);
const manifest = JSON.parse(text);
const packed = readFileSync(tarball);
const integrity = `sha512-${createHash('sha512').update(packed).digest('base64')}`;

const server = createServer((request, response) => {
  const { port } = server.address();
  if (request.url === `/${manifest.name}`) {
    const dist = { tarball: `http://127.0.0.1:${port}/${manifest.name}/-/packed.tgz`, integrity };
    const versions = { [manifest.version]: { ...manifest, dist } };
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ name: manifest.name, 'dist-tags': { latest: manifest.version }, versions }));
  } else if (request.url === `/${manifest.name}/-/packed.tgz`) {
    response.end(packed);
  } else {
    response.writeHead(302, { Location: `${upstream.replace(/\/$/, '')}${request.url}` }).end();
  }
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address().port));
process.on('disconnect', () => process.exit());
