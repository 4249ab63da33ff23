import { writeFileSync } from 'node:fs';
import { CLIENT_API, currentApi } from '../lib/client-codegen/current-api.ts';

/** `npm run generate:client`: writes the client's types from the service's OpenAPI document. */
writeFileSync(CLIENT_API, currentApi());
