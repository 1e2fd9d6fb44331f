import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A statement as a client sends it, with its parameters as text. */
export interface SentStatement {
  readonly sql: string;
  readonly values: readonly (string | null)[];
}

/** A place in what the transactions of one scope say to the server. */
export interface StopPlace {
  /** What the transaction has set `app.scope_id` to. */
  readonly scopeId: string;
  /** The statement by which the transaction is known; the first one that fits. */
  readonly marker: (statement: SentStatement) => boolean;
  /**
   * `statement`: it is not passed on. `data`: of the COPY data behind it `bytes` are passed on, the whole message that reaches
   * them included. `commit`: the transaction's COMMIT is not passed on. `committed`: it is, and the server's answer is kept.
   */
  readonly at: 'statement' | 'data' | 'commit' | 'committed';
  readonly bytes?: number;
}

/** A connection that is kept at a place. */
export interface Stop {
  readonly place: StopPlace;
  /** Whether a connection is there, and not lost since; for `committed`: whether the server has answered. */
  reached(): boolean;
  /** Bytes of COPY data that the server was sent behind the marker. */
  copiedBytes(): number;
  /** Lets the connection go on. */
  release(): void;
  /** Ends the connection on both sides. What was kept is lost. */
  cut(): void;
}

/** A way to a PostgreSQL server that understands what passes. */
export interface PostgresProxy {
  /** The URL of a database, by way of the proxy. */
  through(url: string): string;
  stopAt(place: StopPlace): Stop;
  close(): Promise<void>;
}

interface ArmedStop extends Stop {
  taken: boolean;
  isReached: boolean;
  bytes: number;
  go: (() => void) | undefined;
  end: (() => void) | undefined;
}

/** Listens on loopback and passes everything on to the server of a URL. */
export async function startPostgresProxy(serverUrl: string): Promise<PostgresProxy> {
  const { hostname, port } = new URL(serverUrl);
  const stops = new Set<ArmedStop>();
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    const upstream = connect(Number(port), hostname);
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    const conversation = converse({ client, upstream, stops });
    client.on('data', (data: Buffer) => conversation.fromClient(data));
    upstream.on('data', (data: Buffer) => conversation.fromServer(data));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        clients.delete(client);
        conversation.end();
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    through(url) {
      const changed = new URL(url);
      changed.hostname = '127.0.0.1';
      changed.port = String((server.address() as AddressInfo).port);
      return changed.href;
    },
    stopAt(place) {
      const stop: ArmedStop = {
        place,
        taken: false,
        isReached: false,
        bytes: 0,
        go: undefined,
        end: undefined,
        reached: () => stop.isReached,
        copiedBytes: () => stop.bytes,
        release: () => {
          stops.delete(stop);
          stop.go?.();
        },
        cut: () => {
          stops.delete(stop);
          stop.end?.();
        },
      };
      stops.add(stop);
      return stop;
    },
    async close() {
      for (const client of clients) client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One connection: reads the messages of its client, keeps them or the server's answers at a stop. */
function converse({ client, upstream, stops }: { client: Socket; upstream: Socket; stops: Set<ArmedStop> }) {
  const prepared = new Map<string, string>();
  let hasStarted = false;
  let unread: Buffer = Buffer.alloc(0);
  /** A Parse waits for its Bind, which has the parameters. */
  let parsed: Buffer[] = [];
  let kept: Buffer[] | undefined;
  let answers: Buffer[] | undefined;
  let scopeId: string | null | undefined;
  let stop: ArmedStop | undefined;

  function keep(message: Buffer): void {
    kept = [...parsed, message];
    parsed = [];
    stop!.isReached = true;
    stop!.go = () => {
      stop = undefined;
      const messages = Buffer.concat(kept!);
      kept = undefined;
      // Said before the stop was known to be over: nothing of it is a reason to stop again.
      upstream.write(messages);
    };
  }

  function takeStop(statement: SentStatement): void {
    for (const armed of stops) {
      if (armed.taken || armed.place.scopeId !== scopeId || !armed.place.marker(statement)) continue;
      armed.taken = true;
      armed.end = () => client.destroy();
      stop = armed;
      return;
    }
  }

  /** Whether the statement is passed on. */
  function hear(statement: SentStatement): boolean {
    const { sql } = statement;
    if (/^begin\b/i.test(sql)) scopeId = undefined;
    if (sql.includes(`set_config('app.scope_id'`)) [scopeId] = statement.values;
    if (/^rollback$/i.test(sql) && stop) {
      // The transaction came to another end; the next one of its kind is waited for.
      stop.taken = false;
      stop = undefined;
    }
    if (stop && /^commit$/i.test(sql)) {
      if (stop.place.at === 'committed') answers = [];
      return stop.place.at !== 'commit';
    }
    if (!stop) {
      takeStop(statement);
      return stop === undefined || (stop as ArmedStop).place.at !== 'statement';
    }
    return true;
  }

  /** Passes a message on, keeps it, or lets it wait for the next one. */
  function read(message: Buffer): void {
    const type = String.fromCharCode(message[0]!);
    if (type === 'P') {
      const [name, sql] = texts(message);
      prepared.set(name, sql);
      parsed.push(message);
      return;
    }
    const statement = type === 'Q' ? { sql: texts(message)[0], values: [] } : undefined;
    const heard = statement ?? (type === 'B' ? bound(message, prepared) : undefined);
    const isWhole = heard === undefined || hear(heard);
    if (!isWhole) return keep(message);
    if (stop?.place.at === 'data' && (type === 'c' || (type === 'd' && stop.bytes >= (stop.place.bytes ?? 0))))
      return keep(message);
    if (type === 'd' && stop) stop.bytes += message.length - 5;
    for (const earlier of parsed) upstream.write(earlier);
    parsed = [];
    if (!upstream.write(message)) {
      client.pause();
      upstream.once('drain', () => client.resume());
    }
  }

  return {
    end(): void {
      if (stop) stop.isReached = false;
    },
    fromClient(data: Buffer): void {
      if (kept) return void kept.push(data);
      unread = unread.length === 0 ? data : Buffer.concat([unread, data]);
      for (let length = messageLength(unread, hasStarted); length <= unread.length;) {
        const message = unread.subarray(0, length);
        unread = unread.subarray(length);
        if (hasStarted) read(message);
        else upstream.write(message);
        hasStarted = true;
        if (kept) {
          (kept as Buffer[]).push(unread);
          unread = Buffer.alloc(0);
          return;
        }
        length = messageLength(unread, hasStarted);
      }
    },
    fromServer(data: Buffer): void {
      if (!answers) return void client.write(data);
      answers.push(data);
      if (stop!.isReached || !endsReady(Buffer.concat(answers))) return;
      stop!.isReached = true;
      stop!.go = () => {
        stop = undefined;
        client.write(Buffer.concat(answers!));
        answers = undefined;
      };
    },
  };
}

/** Of the first message; Infinity when not even its length is there. The first message of a connection has no type. */
function messageLength(bytes: Buffer, hasStarted: boolean): number {
  const from = hasStarted ? 1 : 0;
  return bytes.length < from + 4 ? Number.POSITIVE_INFINITY : from + bytes.readInt32BE(from);
}

/** The texts at the start of a message: a query's; a Parse's name and query; a Bind's portal and name. */
function texts(message: Buffer): [string, string] {
  const end = message.indexOf(0, 5);
  const next = message.indexOf(0, end + 1);
  return [message.toString('utf8', 5, end), message.toString('utf8', end + 1, Math.max(next, end + 1))];
}

/** The statement of a Bind. Parameters are taken as texts, which is how node-postgres sends all but Buffers. */
function bound(message: Buffer, prepared: ReadonlyMap<string, string>): SentStatement {
  const [portal, name] = texts(message);
  let at = 5 + Buffer.byteLength(portal) + 1 + Buffer.byteLength(name) + 1;
  const formats = message.readInt16BE(at);
  at += 2 + 2 * formats;
  const count = message.readInt16BE(at);
  at += 2;
  const values: (string | null)[] = [];
  for (let n = 0; n < count; n += 1) {
    const length = message.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : message.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  return { sql: prepared.get(name) ?? '', values };
}

/** Whether what a server has said ends with ReadyForQuery. */
function endsReady(bytes: Buffer): boolean {
  return (
    bytes.length >= 6 && bytes[bytes.length - 6] === 'Z'.charCodeAt(0) && bytes.readInt32BE(bytes.length - 5) === 5
  );
}
