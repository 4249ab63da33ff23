import type { BackendAccess, BackendTarget } from './access.ts';

/** The drivers, each with the local counterpart of its service. */
const BACKENDS = {
  pg: () => import('./pg.ts'),
  neon: () => import('./neon.ts'),
  'data-api': () => import('./data-api.ts'),
};
export type BackendName = keyof typeof BACKENDS;
export const BACKEND_NAMES = Object.keys(BACKENDS) as BackendName[];

export async function connectBy(backend: BackendName, database: BackendTarget): Promise<BackendAccess> {
  return (await BACKENDS[backend]()).connect(database);
}
