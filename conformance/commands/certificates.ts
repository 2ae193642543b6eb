/** Whose certificates are accepted, for this process: fetch and raw connections alike. */
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { UsageError } from '../usage-error.ts';

/**
 * Accepts the certificates in a file beside the known ones, or any certificate.
 *
 * @returns Undoes it.
 * @throws {UsageError} when the file holds no certificate.
 */
export function trust({ ca, insecure }: { readonly ca: string | undefined; readonly insecure: boolean }): () => void {
  const { NODE_TLS_REJECT_UNAUTHORIZED: before } = process.env;
  const known = ca === undefined ? undefined : accepted(ca);
  if (insecure) process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  return () => {
    if (known !== undefined) tls.setDefaultCACertificates(known);
    if (!insecure) return;
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
  };
}

/** Returns the certificates that were accepted before. */
function accepted(file: string): string[] {
  const wrong = (got: string): UsageError =>
    new UsageError(`Failed to read --ca ${file}: expected certificates as PEM, got ${got}. Name another file.`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw wrong((cause as NodeJS.ErrnoException).code ?? 'an unreadable file');
  }
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (certificates === null) throw wrong('none');
  const known = tls.getCACertificates('default');
  try {
    tls.setDefaultCACertificates([...known, ...certificates]);
  } catch {
    throw wrong('a broken one');
  }
  return known;
}
