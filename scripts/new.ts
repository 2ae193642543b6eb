/** `npm run new -- chapter.thing [--level must|should|may] [--row NAME]`. */
import { newRequirement } from '../conformance/commands/new.ts';

process.exitCode = await newRequirement(process.argv.slice(2));
