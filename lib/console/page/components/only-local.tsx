import { Card } from './card.tsx';
import { Empty } from './notice.tsx';

/** On a deployment: where to look instead of this page. */
export function OnlyLocal({ title, what }: { readonly title: string; readonly what: string }) {
  return (
    <>
      <h1>{title}</h1>
      <Card>
        <Empty>
          <p>{what}; its API does not show them.</p>
          <p>On your machine, with npm start, this page has them.</p>
        </Empty>
      </Card>
    </>
  );
}
