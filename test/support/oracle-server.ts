// A small web server on the loopback for cases of get_url and uri. It keeps nothing between requests.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const TEXT = 'some text\n';
const MODIFIED = 'Sat, 01 Jan 2022 00:00:00 GMT';

const pages: Readonly<Record<string, (request: IncomingMessage, body: string, answer: ServerResponse) => void>> = {
  '/file.txt': (request, _, answer) => {
    if (request.headers['if-modified-since']) answer.writeHead(304).end();
    else answer.writeHead(200, { 'Content-Type': 'text/plain', 'Last-Modified': MODIFIED }).end(TEXT);
  },
  '/sums': (_, __, answer) => {
    answer.end(`${createHash('sha256').update(TEXT).digest('hex')}  file.txt\n`);
  },
  '/json': (_, __, answer) => {
    answer.writeHead(200, { 'Content-Type': 'application/json', 'X-One': '1' }).end('{"a": [1, "b"]}');
  },
  '/echo': (request, body, answer) => {
    const { method, headers } = request;
    const told = { method, body, type: headers['content-type'], authorization: headers.authorization, own: headers['x-own'] };
    answer.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(told));
  },
  '/made': (_, __, answer) => void answer.writeHead(201).end('made'),
  '/broken': (_, __, answer) => void answer.writeHead(500, { 'Content-Type': 'text/plain' }).end('broken'),
  '/moved': (_, __, answer) => void answer.writeHead(302, { Location: '/json' }).end(),
  '/named': (_, __, answer) =>
    void answer.writeHead(200, { 'Content-Disposition': 'attachment; filename="other.txt"' }).end(TEXT),
};

export async function serve(): Promise<{ readonly address: string; close(): void }> {
  const server = createServer((request, answer) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const page = pages[(request.url ?? '').replace(/\?.*/, '')];
      if (page) page(request, String(Buffer.concat(parts)), answer);
      else answer.writeHead(404, { 'Content-Type': 'text/plain' }).end('nothing here');
    });
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
