import pg from 'pg';

/** Parts of `pg` that its types leave out. */
interface WireConnection {
  parse(statement: { readonly text: string }): void;
  bind(portal: object): void;
  execute(portal: object): void;
  flush(): void;
}
interface ExtendedQuery {
  callback: (error: Error | null, result: pg.QueryResult) => void;
  prepare(connection: WireConnection): void;
  handleCommandComplete(message: object, connection: WireConnection): void;
}
const { Query } = pg.Client as unknown as {
  Query: new (config: pg.QueryConfig & { queryMode: 'extended' }) => ExtendedQuery;
};

/** A statement that is sent with BEGIN before it, under the same Sync. */
class FirstStatement extends Query {
  #hasBegun = false;
  readonly #onBegun: () => void;

  constructor(statement: pg.QueryConfig, onBegun: () => void) {
    super({ ...statement, queryMode: 'extended' });
    this.#onBegun = onBegun;
  }

  override prepare(connection: WireConnection): void {
    connection.parse({ text: 'begin' });
    connection.bind({});
    connection.execute({});
    connection.flush();
    super.prepare(connection);
  }

  /** The first CommandComplete belongs to BEGIN. */
  override handleCommandComplete(message: object, connection: WireConnection): void {
    if (this.#hasBegun) super.handleCommandComplete(message, connection);
    else this.#onBegun();
    this.#hasBegun = true;
  }
}

/**
 * Begins a transaction together with its first statement, in one round trip. If BEGIN fails, the server skips everything up to
 * the Sync, and so the statement. If BEGIN had a Sync of its own, it could fail while the statement behind it runs and commits
 * by itself. The Flush makes the server respond to BEGIN before the statement has ended. A pooler may hold that response back
 * until the statement's.
 * @param onBegun called when the transaction has a server
 */
export function beginWith<R extends pg.QueryResultRow>(
  client: pg.PoolClient,
  statement: pg.QueryConfig,
  onBegun: () => void,
): Promise<pg.QueryResult<R>> {
  const query = new FirstStatement(statement, onBegun);
  return new Promise((resolve, reject) => {
    query.callback = (error, result) => (error ? reject(error) : resolve(result as pg.QueryResult<R>));
    client.query(query as unknown as pg.Submittable);
  });
}
