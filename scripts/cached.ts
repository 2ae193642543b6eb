/** Loaded before a script: what Node compiled, it finds again the next time. A start takes half as long. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
