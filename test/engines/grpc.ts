// gRPC's simple calls, one message each way, over a unix socket (grpc/grpc, doc/PROTOCOL-HTTP2.md).
import { connect as connectHttp2, constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';
import type { Kind } from './protobuf.ts';

/** A method: its path, and the messages that go and come. */
export interface Method<Request, Response> {
  /** "/package.Service/Name". */
  readonly path: string;
  readonly request: Kind<Request, unknown>;
  readonly response: Kind<never, Response>;
}

/** A call that the server answered with another status than OK. */
export class GrpcError extends Error {
  readonly status: number;

  constructor(path: string, status: number, text: string) {
    super(`${path}: ${text} (gRPC status ${status})`);
    this.name = 'GrpcError';
    this.status = status;
  }
}

export class GrpcClient {
  readonly #session: ClientHttp2Session;

  /** Connects to the socket when the first call is made. */
  constructor(socket: string) {
    this.#session = connectHttp2('http://localhost', { createConnection: () => connect(socket) });
    // A call that suffers from it tells it.
    this.#session.on('error', () => undefined);
  }

  /** Calls a method. Throws a GrpcError with what the server says. */
  async call<Request, Response>(
    { path, request, response }: Method<Request, Response>,
    value: Request,
  ): Promise<Response> {
    const stream = this.#session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.end(framed(request.encode(value)));
    const { body, status, text } = await answerOf(stream);
    if (status !== 0) throw new GrpcError(path, status, text);
    return response.decode(unframed(body));
  }

  /** Closes the connection; calls that are still under way fail. */
  close(): void {
    this.#session.destroy();
  }
}

interface Answer {
  readonly body: Buffer;
  readonly status: number;
  readonly text: string;
}

function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const chunks: Buffer[] = [];
  let headers: IncomingHttpHeaders = {};
  const keep = (more: IncomingHttpHeaders): void => {
    headers = { ...headers, ...more };
  };
  return new Promise((resolve, reject) => {
    // An answer of an error alone has its status in the headers, any other in the trailers.
    stream.on('response', keep);
    stream.on('trailers', keep);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () => {
      const { 'grpc-status': status = '2', 'grpc-message': text = 'the connection was closed' } = headers;
      resolve({
        body: Buffer.concat(chunks),
        status: Number(status),
        text: decodeURIComponent(String(text)),
      });
    });
  });
}

// A message has a byte before it that tells whether it is compressed, and its length.
const HEAD = 5;

function framed(bytes: Buffer): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function unframed(body: Buffer): Buffer {
  if (body.length < HEAD || body.length !== HEAD + body.readUInt32BE(1))
    throw new Error(`gRPC: expected one message, got ${body.length} bytes`);
  return body.subarray(HEAD);
}
