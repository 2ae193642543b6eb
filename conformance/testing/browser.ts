/** Debian's Chromium, for tests and for the picture in the README; the package does not need it. */
import { chromium, type Browser } from 'playwright-core';

/** Its path on Debian. */
export const CHROMIUM = '/usr/bin/chromium';

/** No network access, not even for updates. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a headless browser. Close it after use. */
export function browse(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}
