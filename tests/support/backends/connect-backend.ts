import { inject } from 'vitest';
import type { BackendAccess, BackendTarget } from './access.ts';
import { type BackendName, connectBy } from './backends.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The backend that the tests of this project take; vitest.config.ts says which. */
    backend: BackendName;
  }
}

/** The way to a test database, on the project's backend unless another is named. */
export const connectBackend = (
  database: BackendTarget,
  backend: BackendName = inject('backend'),
): Promise<BackendAccess> => connectBy(backend, database);
