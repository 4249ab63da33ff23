import { COLLECTIONS, type Collection } from '../../api/operations.ts';
import { Segmented } from '../../components/segmented.tsx';
import { setParams } from '../../state/place.ts';

/** The heading of a page about ticks or alert logs, with the switch between them. */
export function CollectionHead({ title, collection }: { readonly title: string; readonly collection: Collection }) {
  return (
    <div class="page-head">
      <h1>{title}</h1>
      <Segmented
        label="Collection"
        options={COLLECTIONS}
        value={collection}
        onPick={(of) => setParams({ of, id: undefined })}
      />
    </div>
  );
}
