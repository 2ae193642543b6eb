/** The only fetch of the suite. */

/**
 * Never follows a redirect: a credential stays with the origin that it was given for, and a 3xx is judged as the answer
 * that it is.
 */
export const fetchDirect = (asked: string | Request, init: RequestInit = {}): Promise<Response> =>
  fetch(asked, { ...init, redirect: 'manual' });
