/** `npm run new -- chapter.thing [--level must|should|may] [--row NAME]`. */
import { ended } from '../conformance/commands/command-line.ts';
import { newRequirement } from '../conformance/commands/new.ts';

process.exitCode = await ended(() => newRequirement(process.argv.slice(2)));
