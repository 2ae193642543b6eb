/** Loaded before a script: enables Node's compile cache, which halves the start-up time. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
