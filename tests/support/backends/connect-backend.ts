import { inject } from 'vitest';
import type { BackendAccess, BackendTarget } from './access.ts';
import { type BackendName, connectBy } from './backends.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The backend of this test project, from vitest.config.ts. */
    backend: BackendName;
  }
}

/** Access to a test database, over the project's backend unless another is named. */
export const connectBackend = (
  database: BackendTarget,
  backend: BackendName = inject('backend'),
): Promise<BackendAccess> => connectBy(backend, database);
