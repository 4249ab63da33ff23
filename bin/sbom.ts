import { makeSbom } from './dependencies/make-sbom.ts';

/** `npm run sbom`: the software bill of materials of what is deployed, as CycloneDX. */
console.log(JSON.stringify(makeSbom(), null, 2));
