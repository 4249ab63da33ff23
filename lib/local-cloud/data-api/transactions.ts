import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { ServiceError, StillRunning } from './service-error.ts';

export interface TransactionLimits {
  /** A transaction without a call for this long is rolled back. */
  readonly idleTimeoutMs: number;
  /** A transaction older than this is rolled back, too. */
  readonly lifetimeMs: number;
}

interface Transaction {
  readonly client: pg.PoolClient;
  readonly url: string;
  readonly lifetime: NodeJS.Timeout;
  readonly onEnd: () => void;
  idle: NodeJS.Timeout;
  busy: boolean;
}

/** The open transactions by their ids, each with the connection it holds. */
export class Transactions {
  readonly #limits: TransactionLimits;
  readonly #open = new Map<string, Transaction>();
  #stopped = false;

  constructor(limits: TransactionLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#open.size;
  }

  /**
   * A transaction also ends when PostgreSQL closes its connection: the role's idle limit is shorter than the service's.
   * @returns the id
   * @throws ServiceError after `dropAll`
   */
  add(client: pg.PoolClient, url: string): string {
    const id = randomBytes(90).toString('base64');
    if (this.#stopped) {
      client.release(true);
      throw new ServiceError('ServiceUnavailableError', 'The service is stopping');
    }
    const onEnd = () => this.#drop(id);
    client.once('end', onEnd);
    const { idleTimeoutMs, lifetimeMs } = this.#limits;
    const lifetime = setTimeout(() => this.#drop(id), lifetimeMs).unref();
    this.#open.set(id, { client, url, lifetime, onEnd, idle: this.#whenIdle(id, idleTimeoutMs), busy: false });
    return id;
  }

  /**
   * Runs one call of a transaction. After a database error the transaction is gone, as in the service.
   * @throws ServiceError if there is no such transaction, or if a call of it still runs
   */
  async use<T>(id: string, work: (client: pg.PoolClient, url: string) => Promise<T>): Promise<T> {
    const transaction = this.#open.get(id);
    if (transaction === undefined) {
      throw new ServiceError('TransactionNotFoundException', `Transaction ${id} is not found`);
    }
    if (transaction.busy) {
      throw new ServiceError('DatabaseErrorException', 'Transaction is still running a query');
    }
    transaction.busy = true;
    clearTimeout(transaction.idle);
    try {
      const result = await work(transaction.client, transaction.url);
      this.#free(id);
      return result;
    } catch (error) {
      if (error instanceof StillRunning) void error.ended.then((well) => (well ? this.#free(id) : this.#fail(id)));
      else await this.#fail(id);
      throw error;
    }
  }

  #free(id: string): void {
    const transaction = this.#open.get(id);
    if (transaction === undefined) return;
    transaction.busy = false;
    transaction.idle = this.#whenIdle(id, this.#limits.idleTimeoutMs);
  }

  async #fail(id: string): Promise<void> {
    await this.#end(id, 'rollback').catch(() => undefined);
  }

  /** @returns PostgreSQL's command tag: a failed transaction is rolled back even if a commit was requested */
  commit(id: string): Promise<string | null> {
    return this.use(id, () => this.#end(id, 'commit'));
  }

  rollback(id: string): Promise<string | null> {
    return this.use(id, () => this.#end(id, 'rollback'));
  }

  /** Closes every connection, which rolls back its transaction. Later transactions are refused. */
  dropAll(): void {
    this.#stopped = true;
    for (const id of [...this.#open.keys()]) this.#drop(id);
  }

  async #end(id: string, how: 'commit' | 'rollback'): Promise<string | null> {
    const transaction = this.#forget(id);
    if (transaction === undefined) return null;
    try {
      const { command } = await transaction.client.query(how);
      transaction.client.release();
      return command;
    } catch (error) {
      transaction.client.release(true);
      throw error;
    }
  }

  #drop(id: string): void {
    this.#forget(id)?.client.release(true);
  }

  #forget(id: string): Transaction | undefined {
    const transaction = this.#open.get(id);
    if (transaction === undefined) return undefined;
    this.#open.delete(id);
    clearTimeout(transaction.idle);
    clearTimeout(transaction.lifetime);
    transaction.client.off('end', transaction.onEnd);
    return transaction;
  }

  #whenIdle(id: string, afterMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#drop(id), afterMs).unref();
  }
}
