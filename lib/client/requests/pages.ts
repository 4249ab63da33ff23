import type { Operations } from './api.ts';
import type { CallArguments, Client, OperationName, ResponseBody } from './client.ts';

/** Operations that return pages. */
export type PagedOperation = {
  [O in OperationName]: Operations[O]['response'] extends { data: readonly unknown[]; nextCursor: string | null }
    ? O
    : never;
}[OperationName];

/** One item of a page. */
export type Item<O extends PagedOperation> =
  ResponseBody<O> extends { readonly data: readonly (infer T)[] } ? T : never;

/**
 * The pages of a list, one request each, on demand. `query.cursor` starts in the middle.
 * @throws as `client.call` does
 */
export async function* pages<O extends PagedOperation>(
  client: Client,
  operation: O,
  args: CallArguments<O>,
): AsyncGenerator<ResponseBody<O>> {
  for (let cursor: string | undefined; ; ) {
    const query = cursor === undefined ? args.query : { ...args.query, cursor };
    const page = await client.call(operation, { ...args, query } as CallArguments<O>);
    yield page;
    const next = (page as { readonly nextCursor: string | null }).nextCursor;
    if (next === null) return;
    cursor = next;
  }
}

/** The items of a list, page after page. */
export async function* items<O extends PagedOperation>(
  client: Client,
  operation: O,
  args: CallArguments<O>,
): AsyncGenerator<Item<O>> {
  for await (const page of pages(client, operation, args)) yield* page.data as unknown as readonly Item<O>[];
}
