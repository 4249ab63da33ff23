import { DatabaseError, isRefusedByPooler } from '../../errors.ts';

/** Which features the driver may use with its pooler. */
export interface PoolerFeatures {
  /** `auto`: a transaction's statements are sent without waiting for each response, until the pooler refuses this. */
  readonly pipelining?: 'auto' | 'off' | undefined;
  /** `auto`: rows are inserted by COPY, until the pooler refuses it. */
  readonly copy?: 'auto' | 'off' | undefined;
  /** Called once for each feature that the pooler has refused. */
  readonly onRefused?: ((feature: 'pipelining' | 'copy', error: DatabaseError) => void) | undefined;
}

/**
 * What the pooler supports, for the life of an execution environment. Once a pooler has refused COPY or pipelining with an
 * error, the feature is not tried again, and plain statements do the same work.
 */
export class PoolerRefusals {
  readonly #features: PoolerFeatures;
  pipelines: boolean;
  copies: boolean;

  constructor(features: PoolerFeatures) {
    this.#features = features;
    this.pipelines = features.pipelining !== 'off';
    this.copies = features.copy !== 'off';
  }

  /** Records the refusal if a call failed because of one. @returns whether the call may be retried, one statement at a time */
  learn(error: unknown, idempotent: boolean): boolean {
    if (!(error instanceof DatabaseError && isRefusedByPooler(error))) return false;
    if (error.fields.statement === 'copy') {
      if (this.copies) this.#features.onRefused?.('copy', error);
      this.copies = false;
      return false;
    }
    if (!this.pipelines || error.fields.statement === 'connect') return false;
    this.pipelines = false;
    this.#features.onRefused?.('pipelining', error);
    return error.fields.rolledBack || idempotent;
  }
}
