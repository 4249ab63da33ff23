import { isDeepStrictEqual } from 'node:util';
import type { TestService } from '../support/service.ts';
import type { FuzzedRequest } from './generate-request.ts';
import { bodyOf, decode } from './judge-reply.ts';
import type { RawReply } from './send-raw.ts';

type Fields = Readonly<Record<string, unknown>>;
type Kind = 'instruments' | 'alert-rules';

/**
 * What responses have said of instruments and alert rules. A state that none of them has shown was made by a refused
 * request, and so was a change beyond those that they can stand for.
 */
export class ReferenceTally {
  readonly #service: TestService;
  /** The stored states by kind and name, and the number of recorded changes. */
  #states: ReadonlyMap<string, Fields> = new Map();
  #changes = 0;
  /** What responses have shown since. */
  #shown = new Map<string, Fields[]>();
  /** Kinds of which a response has stored many at once, or new ones, without showing them. */
  #unseen = new Set<Kind>();

  constructor(service: TestService) {
    this.#service = service;
  }

  add({ method, path, query }: FuzzedRequest, { statuses, text }: RawReply): void {
    if (statuses[0] === undefined || statuses[0] >= 300) return;
    const body = bodyOf(text) as Fields;
    const [, kind] = /^\/v1\/(instruments|alert-rules)\b/.exec(decode(path)) ?? [];
    if (kind !== undefined && ['PUT', 'PATCH'].includes(method)) this.#addChange(kind as Kind, body);
    if (method === 'POST' && query.some(([name]) => name === 'createInstruments'))
      this.#addUnseen('instruments', Number(body['inserted'] ?? 0));
  }

  #addChange(kind: Kind, body: Fields): void {
    if (!('id' in body)) {
      this.#addUnseen(kind, Number(body['created']) + Number(body['changed']));
      return;
    }
    const key = `${kind} ${kind === 'instruments' ? body['symbol'] : body['name']}`;
    this.#shown.set(key, [...(this.#shown.get(key) ?? []), body]);
    this.#changes++;
  }

  #addUnseen(kind: Kind, changes: number): void {
    if (changes > 0) this.#unseen.add(kind);
    this.#changes += changes;
  }

  /** How reference data differs since it was compared last. */
  async differences(): Promise<string[]> {
    const [before, most, shown, unseen] = [this.#states, this.#changes, this.#shown, this.#unseen];
    await this.adopt();
    const lost = [...before.keys()].filter((key) => !this.#states.has(key));
    const unnamed = [...this.#states].filter(([key, state]) => {
      const isShown = (body: Fields) => Object.keys(state).every((name) => isDeepStrictEqual(body[name], state[name]));
      const isSame = isDeepStrictEqual(before.get(key), state);
      return !isSame && !unseen.has(key.split(' ')[0] as Kind) && !shown.get(key)?.some(isShown);
    });
    return [
      ...unnamed.map(([key, state]) => `${key} is in a state that no response has shown: ${JSON.stringify(state)}`),
      ...lost.map((key) => `${key} is not stored any more`),
      ...(this.#changes > most
        ? [`${this.#changes} changes of instruments and rules are recorded, and responses stand for ${most} at most`]
        : []),
    ];
  }

  /** Begins anew with what is stored. */
  async adopt(): Promise<void> {
    const rows = await this.#service.sql<{ key: string; state: Fields }>(
      `select 'instruments ' || symbol as key, tick_store.state_of(i) as state from tick_store.instruments i
        union all select 'alert-rules ' || name, tick_store.state_of(r) from tick_store.alert_rules r`,
    );
    const [recorded] = await this.#service.sql<{ changes: number }>(
      `select count(*)::int4 as changes from tick_store.operations where kind = 'change'`,
    );
    this.#states = new Map(rows.map(({ key, state }) => [key, state]));
    this.#changes = recorded?.changes ?? 0;
    this.#shown = new Map();
    this.#unseen = new Set();
  }
}
