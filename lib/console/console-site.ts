/** How the console's files are served, locally and on a deployment. */

/** Further paths of the page: `/docs` opens the API reference. */
export const CONSOLE_PATHS: Readonly<Record<string, string>> = { '/': 'index.html', '/docs': 'index.html' };

/**
 * Nothing is loaded from another origin and nothing is sent to one; no inline script runs. `blob:` is for the file of
 * rejected rows, which is made in the page.
 */
export const CONSOLE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
};

/** Scripts and styles are named by their content. */
export const IMMUTABLE = /^console\/(?:main|part)-[A-Z0-9]+\.(?:js|css)$/;
export const isImmutable = (file: string): boolean => IMMUTABLE.test(file);
